#include <leasehold/adapters/dict.hpp>

#include <fmt/format.h>

#include <mutex>
#include <shared_mutex>

namespace leasehold {

struct detail::DictStore {
  mutable std::shared_mutex mutex;
  nlohmann::json data;
};

namespace {

void require_mapping(const nlohmann::json& data) {
  if (!data.is_object())
    throw Error(errc::resource_operation, fmt::format("the data is not a mapping but {}", data.type_name()),
                {.hint = "read it with to_dict"});
}

}  // namespace

Dict::Dict(nlohmann::json data) : store_(std::make_shared<detail::DictStore>()) {
  store_->data = std::move(data);
}

nlohmann::json Dict::get(std::string_view key) const {
  const std::shared_lock lock(store_->mutex);
  require_mapping(store_->data);
  if (const auto found = store_->data.find(key); found != store_->data.end()) return *found;
  std::vector<std::string> keys;
  for (const auto& [known, value] : store_->data.items()) keys.push_back(known);
  throw Error(errc::resource_operation, fmt::format("no key '{}'", key), {.hint = suggest_name(key, keys)});
}

nlohmann::json Dict::get(std::string_view key, nlohmann::json otherwise) const {
  const std::shared_lock lock(store_->mutex);
  require_mapping(store_->data);
  const auto found = store_->data.find(key);
  return found == store_->data.end() ? std::move(otherwise) : *found;
}

bool Dict::contains(std::string_view key) const {
  const std::shared_lock lock(store_->mutex);
  return store_->data.contains(key);
}

std::size_t Dict::size() const {
  const std::shared_lock lock(store_->mutex);
  return store_->data.size();
}

void Dict::set(std::string_view key, nlohmann::json value) {
  const std::unique_lock lock(store_->mutex);
  require_mapping(store_->data);
  store_->data[std::string(key)] = std::move(value);
}

void Dict::update(const nlohmann::json& values) {
  if (!values.is_object())
    throw Error(errc::resource_operation, fmt::format("update takes a mapping, not {}", values.type_name()));
  const std::unique_lock lock(store_->mutex);
  require_mapping(store_->data);
  store_->data.update(values);
}

bool Dict::erase(std::string_view key) {
  const std::unique_lock lock(store_->mutex);
  require_mapping(store_->data);
  return store_->data.erase(std::string(key)) > 0;
}

nlohmann::json Dict::to_dict() const {
  const std::shared_lock lock(store_->mutex);
  return store_->data;
}

void Dict::replace(nlohmann::json data) {
  const std::unique_lock lock(store_->mutex);
  store_->data.swap(data);
}

}  // namespace leasehold
