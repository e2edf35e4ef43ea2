// Acquire several resources together: all of them or none, under one deadline, and never in a deadlock.

#include <leasehold/manager.hpp>

#include <iostream>

using namespace leasehold;
using namespace std::chrono_literals;

namespace {

// A provider of tickets: the smallest thing that can be scarce.
class Tickets final : public IResourceProvider {
 public:
  std::string_view type() const noexcept override { return "ticket"; }
  Resource acquire(const AcquireContext&) override { return Resource::make<int>(++printed_); }
  void release(Resource&&) noexcept override {}
  bool validate(Resource&) override { return true; }
  HealthReport health_check(const AcquireContext&) override { return {ResourceHealth::healthy, "printing"}; }
  nlohmann::json describe() const override { return nlohmann::json::object(); }

 private:
  std::atomic<int> printed_ = 0;
};

}  // namespace

int main() {
  ResourceManager manager;
  manager.register_provider("plane", std::make_shared<Tickets>(), {.pool = {.max_size = 1}});
  manager.register_provider("hotel", std::make_shared<Tickets>(), {.pool = {.max_size = 1}});
  manager.register_provider("guide", std::make_shared<Tickets>(), {.pool = {.max_size = 1}});

  const std::vector<ResourceRequirement> journey = {{.name = "hotel"},
                                                    {.name = "plane", .role = "transport"},
                                                    {.name = "guide", .required = false, .timeout = 0s}};

  Lease busy = manager.acquire("guide", "somebody else");
  {
    LeaseSet ann = manager.acquire_all(journey, "ann", {.timeout = 1s});
    std::cout << "ann: hotel " << ann["hotel"].as<int>() << ", transport " << ann["transport"].as<int>()
              << ", a guide: " << static_cast<bool>(ann["guide"]) << "\n";
    try {
      LeaseSet bob = manager.acquire_all(journey, "bob", {.timeout = 0s});
    } catch (const TimeoutError& error) {
      std::cout << "bob: " << error_name(error.reason()) << " for " << error.resource() << "\n";
    }
    std::cout << "bob holds " << manager.release_all("bob") << "\n";
  }
  LeaseSet bob = manager.acquire_all(journey, "bob", {.timeout = 0s});
  std::cout << "bob, later: " << bob.size() << " entries, hotel " << bob["hotel"].as<int>() << "\n";
}

// Output:
// ann: hotel 1, transport 1, a guide: 0
// bob: acquire.timeout for plane
// bob holds 0
// bob, later: 3 entries, hotel 1
