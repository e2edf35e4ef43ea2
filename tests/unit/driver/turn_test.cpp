// The turn by itself: whoever has it may touch what it guards, and mail is never left lying.

#include "execution/turn.hpp"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using namespace leasehold;
using namespace leasehold::fsm;

namespace {

// What an execution does with its turn, without an execution.
struct Office {
  explicit Office(Clock& clock) : turn(clock) {}

  void send() {
    letters.fetch_add(1);
    if (turn.leave_mail()) leave();
  }
  void leave() {
    while (!turn.give()) read();
  }
  void read() {
    turn.open_mail();
    handled += letters.exchange(0);
  }

  Turn turn;
  std::atomic<int> letters = 0;
  int handled = 0;  // guarded by the turn
};

}  // namespace

TEST_CASE("all mail of many threads is read, one reader at a time") {
  const auto clock = Clock::steady();
  Office office(*clock);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) office.send();
      });
  }
  REQUIRE(office.turn.take());
  CHECK(office.handled == 2000);
  office.leave();
}

TEST_CASE("a thread that keeps the turn reads the mail of the others") {
  const auto clock = Clock::steady();
  Office office(*clock);
  std::atomic<bool> stop = false;
  std::jthread keeper([&] {
    office.turn.wait_for();  // a sender may have it
    while (!stop) {
      while (!office.turn.keep()) office.read();
      while (!stop && office.turn.resume())
        if (!office.turn.rest()) break;
      if (!office.turn.is_mine()) office.turn.wait_for();
    }
    office.leave();
  });
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 300; ++i) office.send();
      });
  }
  stop = true;
  keeper.join();
  office.turn.wait_for();
  CHECK(office.handled == 900);
  CHECK(office.turn.is_mine());
  office.leave();
}

TEST_CASE("who watches is woken when the turn is given away") {
  const auto clock = Clock::steady();
  Office office(*clock);
  REQUIRE(office.turn.take());
  CHECK_FALSE(office.turn.take());
  std::atomic<bool> waits = false;
  std::jthread waiter([&] {
    waits = true;
    office.turn.wait_for();
    ++office.handled;
    office.leave();
  });
  while (!waits) std::this_thread::yield();
  ++office.handled;
  office.leave();
  waiter.join();
  office.turn.wait_for();
  CHECK(office.handled == 2);
  office.leave();
}
