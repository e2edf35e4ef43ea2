#include "connection.hpp"
#include "operations.hpp"

#include <utility>

namespace leasehold {

namespace {

using database::Connection;
using database::Target;

class DatabaseProvider final : public IResourceProvider {
 public:
  DatabaseProvider(std::string name, DatabaseOptions options)
      : name_(std::move(name)),
        options_(std::move(options)),
        target_(database::make_target(name_, options_)) {}

  std::string_view type() const noexcept override { return "database"; }

  Resource acquire(const AcquireContext& context) override {
    auto session = Resource::make<Database>(target_->open(context, options_.create));
    auto& database = session.as<Database>();
    const auto bounds = database.within({context.deadline, context.stop, context.owner, context.clock});
    for (std::size_t i = 0; i < options_.init.size(); ++i) run_init(database, i);
    return session;
  }

  void release(Resource&& resource) noexcept override { resource.clear(); }
  bool validate(Resource& resource) override { return resource.as<Database>().validate(); }
  bool reset(Resource& resource) override { return resource.as<Database>().reset(); }

  HealthReport health_check(const AcquireContext& context) override {
    const Clock::time_point began = context.clock->now();
    const auto report = [&](ResourceHealth health, std::string message) {
      return HealthReport{health, std::move(message), context.clock->now() - began};
    };
    // A look must not bring the file into being.
    if (options_.create && !options_.read_only && !target_->exists())
      return report(ResourceHealth::unknown, "the database does not exist yet; the first lease creates it");
    try {
      const auto connection = target_->open(context, false);
      if (!options_.read_only && !connection->writable())
        return report(ResourceHealth::degraded, "the database can be read but not written");
      return report(ResourceHealth::healthy, "the database answers");
    } catch (const std::exception& error) {
      return report(ResourceHealth::unhealthy, error.what());
    }
  }

  nlohmann::json describe() const override { return database_fields().write(options_); }
  const Operations& operations() const override { return database::operations(); }

 private:
  void run_init(Database& database, std::size_t index) const {
    try {
      database.execute(options_.init[index]);
    } catch (const Error& error) {
      throw_error(error.reason(), "init[" + std::to_string(index) + "]: " + error.message(),
                  {.resource = name_, .elapsed = error.elapsed(), .hint = error.hint()});
    }
  }

  std::string name_;
  DatabaseOptions options_;
  std::unique_ptr<Target> target_;
};

}  // namespace

std::shared_ptr<IResourceProvider> make_database_provider(std::string name, DatabaseOptions options) {
  database_fields().verify(options);
  return std::make_shared<DatabaseProvider>(std::move(name), std::move(options));
}

ProviderFactory database_factory() {
  return [](const std::string& name, const nlohmann::json& config) {
    return make_database_provider(name, database_fields().read(config));
  };
}

}  // namespace leasehold
