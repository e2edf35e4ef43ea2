// Lend a resource to an owner and get it back: by scope, by name, or from an owner who forgot.

#include <leasehold/adapters/dict.hpp>
#include <leasehold/manager.hpp>

#include <iostream>

using namespace leasehold;

int main() {
  ResourceManager manager;
  manager.register_provider("settings", create_simple_provider("settings", {{"retries", 3}}));

  {
    auto settings = manager.acquire<Dict>("settings", "import/load#1");
    std::cout << "retries: " << settings->get("retries") << "\n";
    for (const std::string& owner : manager.get_resource_owners("settings"))
      std::cout << "held by " << owner << "\n";

    // The same owner shares what it holds; the resource goes back with the last of its leases.
    Lease again = manager.acquire("settings", "import/load#1");
    std::cout << "leases of one owner share: " << (&again.as<Dict>() == &*settings) << "\n";
  }
  std::cout << "held after the scope: " << manager.get_resource_status("settings").active_count << "\n";

  // An owner that is done gives back everything it holds, whatever Lease objects still live.
  Lease forgotten = manager.acquire("settings", "import/store#1");
  std::cout << "taken back: " << manager.release_all("import/store#1") << "\n";
  try {
    forgotten.get();
  } catch (const Error& error) {
    std::cout << "using it now: " << error_name(error.reason()) << "\n";
  }
}

// Output:
// retries: 3
// held by import/load#1
// leases of one owner share: 1
// held after the scope: 0
// taken back: 1
// using it now: lease.revoked
