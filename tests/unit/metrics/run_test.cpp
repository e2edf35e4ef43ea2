// A counted run through a manager: the metrics, their JSON, the Prometheus text and the table tell the same,
// and what happened.

#include "folders.hpp"

#include <doctest/doctest.h>
#include <leasehold/manager.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "exposition.hpp"

using namespace leasehold;
using namespace std::chrono_literals;

namespace {

class Provider final : public IResourceProvider {
 public:
  Provider() {
    operations_.add(
        {"work", "works, unless told to fail", nlohmann::json::object(),
         [](Resource&, const nlohmann::json& arguments, const OperationContext&) -> nlohmann::json {
           if (arguments.value("fail", false)) throw ConnectionError(errc::db_unreachable, "gone");
           return 1;
         }});
  }
  std::string_view type() const noexcept override { return "plain"; }
  Resource acquire(const AcquireContext&) override {
    if (down) throw ConnectionError(errc::db_unreachable, "down");
    return Resource::make<int>(0);
  }
  void release(Resource&&) noexcept override {}
  bool validate(Resource&) override { return true; }
  HealthReport health_check(const AcquireContext&) override { return {ResourceHealth::healthy, "", {}}; }
  nlohmann::json describe() const override { return nlohmann::json::object(); }
  const Operations& operations() const override { return operations_; }

  std::atomic<bool> down = false;

 private:
  Operations operations_;
};

// How many samples the Python client of Prometheus reads from the text; nothing where it is not installed.
std::optional<std::size_t> read_by_client(const std::string& text) {
  if (std::system("/usr/bin/python3 -c 'import prometheus_client.parser' > /dev/null 2>&1") != 0)
    return std::nullopt;
  const std::string file = folders::build("metrics_of_run.txt");
  std::ofstream(file) << text;
  const std::string command =
      "/usr/bin/python3 -c 'import sys; from prometheus_client.parser import text_string_to_metric_families "
      "as read; "
      "print(sum(len(family.samples) for family in read(open(sys.argv[1]).read())))' '" +
      file + "'";
  std::size_t count = 0;
  if (FILE* const out = popen(command.c_str(), "r")) {
    CHECK(std::fscanf(out, "%zu", &count) == 1);
    CHECK(pclose(out) == 0);
  }
  return count;
}

// A row of the table, by its heads.
std::map<std::string, std::string> row_of(const std::string& table, const std::string& resource) {
  const auto cells = [](const std::string& line) {
    std::vector<std::string> all;
    for (std::size_t at = 0; (at = line.find_first_not_of(' ', at)) != std::string::npos;) {
      const std::size_t end = std::min(line.find("  ", at), line.size());
      all.push_back(line.substr(at, end - at));
      at = end;
    }
    return all;
  };
  std::istringstream lines(table);
  std::string head, line;
  std::getline(lines, head);
  while (std::getline(lines, line) && cells(line).front() != resource) {
  }
  std::map<std::string, std::string> row;
  for (std::size_t i = 0; i < cells(head).size(); ++i) row[cells(head)[i]] = cells(line).at(i);
  return row;
}

}  // namespace

TEST_CASE("metrics, JSON, Prometheus text and table agree with each other and with a counted run") {
  const auto clock = std::make_shared<ManualClock>();
  const auto provider = std::make_shared<Provider>();
  ResourceManager manager({.clock = clock, .maintenance = false});
  PoolConfig config;
  config.max_size = 2;
  config.validate_after = 1h;
  config.leak_threshold = 1min;
  manager.register_provider("db", provider, {.pool = config});
  manager.register_provider("unused", provider);

  for (int i = 0; i < 20; ++i) {  // 40 grants, 20 holds of 10 ms and 20 of 30 ms
    Lease a = manager.acquire("db", "a");
    clock->advance(20ms);
    Lease b = manager.acquire("db", "b");
    clock->advance(10ms);
  }
  {
    Lease a = manager.acquire("db", "a");
    Lease nested = manager.acquire("db", "a");
    a.call("work", nlohmann::json::object());
    CHECK_THROWS_AS(a.call("work", {{"fail", true}}), ConnectionError);
    Lease b = manager.acquire("db", "b");
    CHECK(!manager.try_acquire("db", "c"));
    std::jthread waiter([&] { CHECK(manager.acquire("db", "c", {.timeout = 1h})); });
    for (int i = 0; i < 20'000 && manager.get_metrics("db").at("db").waiting == 0; ++i)
      std::this_thread::sleep_for(1ms);
    clock->advance(5ms);
    b.discard();
    b.release();  // disposed of, so that the waiter gets a new one
    waiter.join();
    clock->advance(2min);
    static_cast<void>(manager.maintain());
    std::jthread([&] { CHECK(manager.release("db", "a")); }).join();  // revoked while it is still held here
    CHECK(manager.get_metrics("db").at("db").revoked_in_use == 1);
  }
  provider->down = true;
  manager.evict("db");
  CHECK_THROWS_AS(manager.acquire("db", "d"), ConnectionError);
  provider->down = false;
  const Lease held = manager.acquire("db", "e");

  const auto all = manager.get_metrics();
  const ResourceMetrics& m = all.at("db");
  CHECK(m.acquisitions == 45);
  CHECK(m.failures == 2);
  CHECK(m.timeouts == 1);
  CHECK(m.waits == 1);
  CHECK(m.created == 4);
  CHECK(m.create_failures == 1);
  CHECK(m.destroyed == 3);  // discarded, revoked, evicted
  CHECK(m.reused == 40);
  CHECK(m.revoked == 1);
  CHECK(m.leaked == 1);
  CHECK(m.operations == 2);
  CHECK(m.operation_failures == 1);
  CHECK(m.active == 1);
  CHECK(m.idle == 0);
  CHECK(m.peak_active == 2);
  CHECK(m.revoked_in_use == 0);
  CHECK(m.wait.count == 45);
  CHECK(m.wait.max == 5ms);
  CHECK(m.hold.count == 43);
  CHECK(m.creation.count == 5);
  CHECK(all.at("unused").acquisitions == 0);

  const auto json = to_json(m);
  const Exposition text(to_prometheus(all));
  REQUIRE(text.problem == "");
  const auto sample = [&](const std::string& name) { return text.samples.at(name + R"({resource="db"})"); };
  std::size_t compared = 0;
  for (const auto& [key, value] : json.items()) {  // every number of it is in the text
    if (value.is_object()) {
      for (const auto& [part, seconds] :
           std::map<std::string, std::string>{{"p50_seconds", "0.5"}, {"p99_seconds", "0.99"}}) {
        const std::string name =
            "leasehold_" + key + "_seconds{resource=\"db\",quantile=\"" + seconds + "\"}";
        CHECK(text.samples.at(name) == doctest::Approx(value[part].get<double>()));
      }
      CHECK(sample("leasehold_" + key + "_max_seconds") ==
            doctest::Approx(value["max_seconds"].get<double>()));
      CHECK(sample("leasehold_" + key + "_seconds_count") == value["count"].get<double>());
      CHECK(sample("leasehold_" + key + "_seconds_sum") ==
            doctest::Approx(value["total_seconds"].get<double>()));
      ++compared;
    } else if (value.is_number_integer()) {
      const std::string name = "leasehold_" + key;
      const bool counts = text.types.count(name + "_total") != 0;
      CHECK(sample(counts ? name + "_total" : name) == value.get<double>());
      ++compared;
    }
  }
  CHECK(compared == 22);

  if (const auto client = read_by_client(to_prometheus(all))) CHECK(*client == text.samples.size());

  auto row = row_of(to_table(all), "db");
  CHECK(row.at("acquired") == "45");
  CHECK(row.at("failed") == "2");
  CHECK(row.at("waited") == "1");
  CHECK(row.at("peak") == "2");
  CHECK(row.at("created") == "4");
  CHECK(row.at("operations") == "2");
  const auto p50 = parse_duration(row.at("hold p50"));
  REQUIRE(p50);
  CHECK(std::chrono::duration<double>(*p50).count() ==
        doctest::Approx(std::chrono::duration<double>(m.hold.p50).count()).epsilon(0.01));
}
