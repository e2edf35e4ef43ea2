#include <sys/wait.h>
#include <unistd.h>

#include "fake.hpp"
#include "owner/record.hpp"

using namespace fake;

namespace {
// What the child of a fork returns, 0 to 255.
template <class Body>
int in_child(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}
}  // namespace

TEST_CASE("a child of a fork cannot use the parent's pool and closes nothing of it") {
  auto rig = std::make_unique<Rig>(of_size(2));
  auto held = std::make_unique<Lease>(rig->get("a"));
  rig->get("b");
  const int failed = in_child([&] {
    if (thrown([&] { rig->get("c"); }) != "acquire.forked") return 1;
    if (thrown([&] { rig->pool->release("a"); }) != "acquire.forked") return 2;
    if (thrown([&] { held->call("x", {}); }) != "acquire.forked") return 3;
    if (thrown([&] { held->get(); }) != "acquire.forked") return 6;
    held->discard();
    held.reset();
    const auto provider = rig->provider;
    rig.reset();
    if (provider->disposed != 0 || provider->resets != 1) return 4;
#ifdef __SANITIZE_THREAD__
    return 0;  // its runtime allows no threads in a child
#endif
    Rig own(of_size(1));  // a pool of its own works
    if (own.get("a").as<Thing>().number != 1) return 5;
    return 0;
  });
  CHECK(failed == 0);
  CHECK(held->as<Thing>().number == 1);
  held.reset();
  CHECK(rig->pool->counts().idle == 2);
}

TEST_CASE("a child is not held up by an owner that a thread of the parent was just working on") {
  const OwnerId owner("worker");
  Rig rig(of_size(1));
  const Lease held = rig.get(owner);
  std::latch locked(1), forked(1);
  std::jthread busy([&] {
    const std::lock_guard lock(owner.record()->mutex);
    locked.count_down();
    forked.wait();
  });
  locked.wait();
  const int failed = in_child([&] {
#ifdef __SANITIZE_THREAD__
    return 0;  // its runtime allows no threads in a child
#endif
    alarm(10);
    Rig own(of_size(1));
    const Lease lease = own.get("worker");
    return lease.as<Thing>().number == 1 && own.pool->holds(owner) ? 0 : 1;
  });
  forked.count_down();
  CHECK(failed == 0);
}
