#include "fake_provider.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

using namespace leasehold;
using namespace leasehold::test;
using namespace std::chrono_literals;

namespace {

// Hooks that write their name down; one may fail.
struct Diary {
  Hook hook(const std::string& name, bool fails = false) {
    return [this, name, fails] {
      text += (text.empty() ? "" : " ") + name;
      if (fails) throw std::runtime_error(name + " failed");
    };
  }
  std::string text;
};

}  // namespace

TEST_CASE("startup hooks run in order, shutdown hooks in reverse, each once") {
  Diary diary;
  {
    ResourceManager manager;
    manager.add_startup_hook(diary.hook("up1"));
    manager.add_startup_hook(diary.hook("up2"));
    manager.add_shutdown_hook(diary.hook("down1"));
    manager.add_shutdown_hook(diary.hook("down2"));
    manager.add_shutdown_hook(diary.hook("down3"));
    manager.initialize();
    manager.initialize();
    manager.add_startup_hook(diary.hook("up3"));
    manager.initialize();
    manager.close(0s);
    manager.close(0s);
    CHECK(manager.closed());
  }
  CHECK(diary.text == "up1 up2 up3 down3 down2 down1");
}

TEST_CASE("a startup hook that fails unwinds those before it, and starting can be tried again") {
  Diary diary;
  bool fails = true;
  ResourceManager manager;
  manager.add_startup_hook(diary.hook("up1"));
  manager.add_startup_hook([&] { diary.hook("up2", fails)(); });
  manager.add_shutdown_hook(diary.hook("down1"));
  manager.add_shutdown_hook(diary.hook("down2"));
  CHECK(error_of([&] { manager.initialize(); }) == "up2 failed");
  CHECK(diary.text == "up1 up2 down1");
  fails = false;
  diary.text.clear();
  manager.initialize();
  manager.close(0s);
  CHECK(diary.text == "up1 up2 down2 down1");
}

TEST_CASE("without initialize only shutdown hooks that have no startup hook run") {
  Diary diary;
  ResourceManager manager;
  manager.add_startup_hook(diary.hook("up1"));
  manager.add_shutdown_hook(diary.hook("down1"));
  manager.add_shutdown_hook(diary.hook("alone"));
  manager.close(0s);
  CHECK(diary.text == "alone");
}

TEST_CASE("a shutdown hook that fails stops nothing and is told at the end") {
  Diary diary;
  Log log;
  ResourceManager manager({.logger = log.logger()});
  const auto provider = fake();
  manager.register_provider("a", provider);
  manager.add_shutdown_hook(diary.hook("one"));
  manager.add_shutdown_hook(diary.hook("two", true));
  CHECK(error_of([&] { manager.close(0s); }) == "two failed");
  CHECK(diary.text == "two one");
  CHECK(provider->closed == 1);
  CHECK(log.has("shutdown hook 2 failed: two failed"));
  manager.close(0s);
}

TEST_CASE("hooks may call back into the manager") {
  ResourceManager manager;
  manager.register_provider("a", fake());
  int leased = 0;
  manager.add_startup_hook([&] {
    manager.initialize();  // of the same thread: nothing to do
    leased += manager.acquire("a", "hook") ? 1 : 0;
  });
  manager.add_shutdown_hook([&] { manager.close(0s); });
  manager.initialize();
  manager.close(0s);
  CHECK(leased == 1);
}

TEST_CASE("closing in a startup hook ends the start, and undoes what was started") {
  Diary diary;
  ResourceManager manager;
  manager.add_startup_hook(diary.hook("up1"));
  manager.add_startup_hook([&] { manager.close(0s); });
  manager.add_startup_hook(diary.hook("never"));
  manager.add_shutdown_hook(diary.hook("down1"));
  manager.add_shutdown_hook(diary.hook("down2"));
  CHECK_THROWS_AS(manager.initialize(), StateError);
  CHECK(diary.text == "up1 down1 down2");
}

TEST_CASE("close wakes every waiter, refuses the rest, and closes providers in reverse") {
  ResourceManager manager;
  std::vector<std::string> order;
  for (const char* name : {"a", "b"}) {
    const auto provider = fake();
    provider->on_close = [&order, name] { order.push_back(name); };
    manager.register_provider(name, provider, {.pool = {.max_size = 1}});
  }
  std::vector<std::thread> waiters;
  std::atomic<int> woken = 0;
  {
    Lease a = manager.acquire("a", "o"), b = manager.acquire("b", "o");
    for (int t = 0; t < 4; ++t)
      waiters.emplace_back([&, t] {
        if (error_of([&] {
              manager.acquire(t % 2 ? "a" : "b", "w" + std::to_string(t));
            }).starts_with("acquire.closed"))
          ++woken;
      });
    while (manager.get_resource_status("a").waiting_count + manager.get_resource_status("b").waiting_count <
           4)
      std::this_thread::yield();
    manager.close(0s);
  }
  for (std::thread& waiter : waiters) waiter.join();
  CHECK(woken == 4);
  CHECK(order == std::vector<std::string>{"b", "a"});
  CHECK(error_of([&] { manager.acquire("a", "o"); }) ==
        "acquire.closed: the manager is closed; acquire before close");
  CHECK_THROWS_AS(manager.register_provider("c", fake()), StateError);
  CHECK_THROWS_AS(manager.health_check(), StateError);
  CHECK_THROWS_AS(manager.initialize(), StateError);
}

TEST_CASE("close waits for held leases, and revokes what is left after that") {
  const auto clock = std::make_shared<ManualClock>();
  Log log;
  ResourceManager manager({.clock = clock, .logger = log.logger(), .maintenance = false});
  const auto provider = fake();
  manager.register_provider("a", provider);
  Lease in_time = manager.acquire("a", "soon"), late = manager.acquire("a", "late");
  std::thread closer([&] { manager.close(30s); });
  REQUIRE(clock->wait_for_parked(1));
  CHECK(in_time.get());  // still usable meanwhile
  in_time.release();
  CHECK(late.get());
  REQUIRE(clock->wait_for_parked(1));
  clock->advance(30s);
  closer.join();
  CHECK_THROWS_AS(late.get(), StateError);
  CHECK(log.has("closing: 'a' is still held by 'late' since 30s"));
  late.release();
  CHECK(provider->disposed == 2);
  CHECK(provider->closed == 1);
}

TEST_CASE("close returns as soon as the last lease ends") {
  ResourceManager manager;
  manager.register_provider("a", fake());
  auto lease = manager.acquire("a", "o");
  std::thread closer([&] { manager.close(10min); });
  while (!manager.closed()) std::this_thread::yield();
  lease.release();
  closer.join();
}

TEST_CASE("leases may end after their manager") {
  const auto provider = fake();
  Lease lease;
  {
    ResourceManager manager;
    manager.register_provider("a", provider);
    lease = manager.acquire("a", "o");
  }
  CHECK_THROWS_AS(lease.get(), StateError);
  lease.release();
  CHECK(provider->disposed == 1);
}

TEST_CASE("a child of fork cannot use the manager, and its destructor touches nothing") {
  auto manager = std::make_unique<ResourceManager>();
  const auto provider = fake();
  manager->register_provider("a", provider);
  Lease lease = manager->acquire("a", "o");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int wrong = 0;
    for (const auto& use : std::vector<std::function<void()>>{
             [&] { manager->acquire("a", "p"); }, [&] { manager->get_resource_status("a"); },
             [&] { manager->release_all("o"); }, [&] { manager->register_provider("b", fake()); }})
      wrong += !error_of(use).starts_with("acquire.forked: the manager belongs to the parent process");
    lease.release();
    manager->close();
    manager.reset();
    wrong += provider->disposed != 0 || provider->closed != 0;
    _exit(wrong);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(lease.get());
  lease.release();
  manager.reset();
  CHECK(provider->disposed == 1);
}
