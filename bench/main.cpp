// ./dev bench: every figure of the README, as ratios within this run.

#include "groups.hpp"
#include "harness.hpp"

#include <cstdio>

int main(int argc, char** argv) {
  bench::tell("one thread");
  bench::pool_round_trip();
  bench::tell("many threads");
  bench::pool_contention();
  bench::write_raw(argc > 1 ? argv[1] : "bench.json");
  std::printf("%d figures missed\n", bench::missed());
}
