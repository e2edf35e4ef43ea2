#pragma once

// Resource: one live thing of any type, owned. Providers make them, pools keep them, leases lend them.
//
// Threads: a Resource is used by one thread at a time, unless its provider's sharing() says shared.

#include <leasehold/error.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace leasehold {

class Resource {
 public:
  Resource() noexcept = default;  // empty
  Resource(Resource&&) noexcept = default;
  Resource& operator=(Resource&&) noexcept = default;
  Resource(const Resource&) = delete;
  Resource& operator=(const Resource&) = delete;

  // A Resource that owns a T made from the arguments.
  template <class T, class... Args>
  static Resource make(Args&&... args) {
    Resource resource;
    resource.holder_ = std::make_unique<HolderOf<T>>(std::forward<Args>(args)...);
    return resource;
  }

  explicit operator bool() const noexcept { return holder_ != nullptr; }

  // The T inside. Throws errc::resource_type, naming both types, if it holds another or nothing.
  template <class T>
  T& as() const {
    if (T* found = get_if<T>()) return *found;
    throw_wrong_type(typeid(T), type());
  }

  template <class T>
  T* get_if() const noexcept {
    return holder_ && holder_->type() == typeid(T) ? static_cast<T*>(holder_->address()) : nullptr;
  }

  const std::type_info& type() const noexcept { return holder_ ? holder_->type() : typeid(void); }

  // Destroys what it holds. A destructor that throws terminates, as everywhere in C++.
  void clear() noexcept { holder_.reset(); }

 private:
  struct Holder {
    virtual ~Holder() = default;
    virtual const std::type_info& type() const noexcept = 0;
    virtual void* address() noexcept = 0;
  };
  template <class T>
  struct HolderOf final : Holder {
    template <class... Args>
    requires std::is_constructible_v<T, Args...>
    explicit HolderOf(Args&&... args) : value(std::forward<Args>(args)...) {}
    template <class... Args>
    explicit HolderOf(Args&&... args) : value{std::forward<Args>(args)...} {}  // an aggregate
    const std::type_info& type() const noexcept override { return typeid(T); }
    void* address() noexcept override { return std::addressof(value); }
    T value;
  };

  [[noreturn]] static void throw_wrong_type(const std::type_info& wanted, const std::type_info& held);

  std::unique_ptr<Holder> holder_;
};

std::string readable_type_name(const std::type_info&);  // demangled

}  // namespace leasehold
