// ./dev bench: every figure of the README, as ratios within this run. Arguments: where the
// raw values go, and the groups to run; none: all.

#include "groups.hpp"
#include "harness.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

int main(int argc, char** argv) {
  struct Group {
    std::string_view name;
    std::string_view title;
    void (*run)();
  };
  const std::vector<Group> groups = {{"pool", "a pool, one thread", bench::pool_round_trip},
                                     {"contention", "a pool, many threads", bench::pool_contention},
                                     {"scale", "a pool, much of everything", bench::pool_scale},
                                     {"events", "machines driven by events", bench::machine_events},
                                     {"runs", "machines run on data", bench::machine_runs},
                                     {"loading", "loading machines", bench::machine_loading},
                                     {"import", "a machine and SQLite", bench::machine_import}};
  const std::vector<std::string_view> wanted(argv + std::min(argc, 2), argv + argc);
  const auto is_group = [&](std::string_view word) {
    return std::any_of(groups.begin(), groups.end(), [&](const Group& group) { return group.name == word; });
  };
  const std::string_view file = argc > 1 ? argv[1] : "bench.json";
  if (!std::all_of(wanted.begin(), wanted.end(), is_group) || is_group(file) || file.starts_with('-')) {
    std::fprintf(stderr, "usage: leasehold_bench [FILE for the raw values] [GROUP...]; groups:");
    for (const Group& group : groups) std::fprintf(stderr, " %s", group.name.data());
    std::fprintf(stderr, "\n");
    return 2;
  }
  for (const Group& group : groups) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), group.name) == wanted.end()) continue;
    bench::tell(group.title);
    group.run();
  }
  bench::write_raw(std::string(file));
  std::printf("%d figures missed\n", bench::missed());
}
