#pragma once

// Double: what stands in for a resource under test. It has the type, the sharing and the operations of what
// it replaces, with the same schemas of arguments; answers come from a script, and calls are recorded.
//
// Threads: any.

#include <leasehold/adapters/dict.hpp>  // part of the core

namespace leasehold::fsm {

class Double final : public IResourceProvider {
 public:
  // `real` may be null: then it is a dict. `script` is a dict's configuration; throws ConfigError.
  Double(const std::string& name, std::shared_ptr<IResourceProvider> real, const nlohmann::json& script);

  std::string_view type() const noexcept override { return real_ ? real_->type() : script_->type(); }
  Resource acquire(const AcquireContext& context) override { return script_->acquire(context); }
  void release(Resource&& resource) noexcept override { script_->release(std::move(resource)); }
  bool validate(Resource& resource) override { return script_->validate(resource); }
  bool reset(Resource& resource) override { return script_->reset(resource); }
  HealthReport health_check(const AcquireContext& context) override { return script_->health_check(context); }
  Sharing sharing() const noexcept override { return script_->sharing(); }
  nlohmann::json describe() const override { return script_->describe(); }
  const Operations& operations() const override { return operations_; }

  std::vector<DictCall> calls(std::string_view operation) const { return script_->calls(operation); }

 private:
  std::shared_ptr<IResourceProvider> real_;
  std::shared_ptr<DictProvider> script_;
  Operations operations_;
};

}  // namespace leasehold::fsm
