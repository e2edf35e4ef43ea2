#include <leasehold/adapters/dict.hpp>

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using namespace leasehold;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("a dict gets, sets, updates, erases and shows everything") {
  Dict dict(json{{"a", 1}, {"b", "two"}});
  CHECK(dict.get("a") == 1);
  CHECK(dict.get("c", 3) == 3);
  CHECK(dict.value("a", 0) == 1);
  CHECK(dict.value("c", std::string("none")) == "none");
  dict.set("c", {1, 2});
  dict.update({{"a", 9}, {"d", nullptr}});
  CHECK(dict.erase("b"));
  CHECK_FALSE(dict.erase("b"));
  CHECK(dict.contains("d"));
  CHECK(dict.size() == 3);
  CHECK(dict.to_dict() == json{{"a", 9}, {"c", {1, 2}}, {"d", nullptr}});
}

TEST_CASE("a missing key is an error with the nearest name, and data that is no mapping has no keys") {
  CHECK_THROWS_WITH_AS(Dict(json{{"retries", 3}}).get("retires"),
                       "resource.operation: no key 'retires'; did you mean 'retries'?", Error);
  Dict list(json{1, 2, 3});
  CHECK(list.to_dict() == json{1, 2, 3});
  CHECK_THROWS_WITH_AS(
      list.get("a"), "resource.operation: the data is not a mapping but array; read it with to_dict", Error);
  CHECK_THROWS_AS(list.set("a", 1), Error);
  CHECK_THROWS_WITH_AS(list.update(5), "resource.operation: update takes a mapping, not number", Error);
}

TEST_CASE("copies of a dict share its data, and threads may use it at once") {
  Dict dict;
  const Dict copy = dict;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&dict, t] {
      for (int i = 0; i < 100; ++i) dict.set(std::to_string(t * 100 + i), i);
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(copy.size() == 800);
}
