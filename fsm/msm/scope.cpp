#include <leasehold/fsm/msm/scope.hpp>

namespace leasehold::fsm::msm {

namespace {

// Calls with the exception, or with null if it is no std::exception.
template <class Call>
auto with_exception(const std::exception_ptr& exception, const Call& call) {
  try {
    if (exception) std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    return call(&error);
  } catch (...) {
  }
  return call(static_cast<const std::exception*>(nullptr));
}

}  // namespace

std::string_view to_string(Stage stage) noexcept {
  switch (stage) {
    case Stage::acquire:
      return "acquire";
    case Stage::entry:
      return "entry";
    case Stage::exit:
      return "exit";
    case Stage::guard:
      return "guard";
    case Stage::action:
      return "action";
  }
  return "unknown";
}

bool Fault::of_condition() const noexcept {
  return doing ? doing->kind != Doing::Kind::call : stage == Stage::guard;
}

errc Fault::code() const noexcept {
  return with_exception(exception, [this](const std::exception* error) {
    const auto* known = dynamic_cast<const Error*>(error);
    if (known) return known->reason();
    return of_condition() ? errc::fsm_expression : errc::fsm_action;
  });
}

bool Fault::matches(std::string_view pattern) const {
  return with_exception(exception, [&](const std::exception* error) {
    if (dynamic_cast<const Error*>(error)) return error_matches(pattern, *error);
    return error_matches(pattern, StateError(code(), "of the machine's own functions"));
  });
}

std::string Fault::message() const {
  return with_exception(exception, [](const std::exception* error) {
    return std::string(error ? error->what() : "something that is no std::exception was thrown");
  });
}

Ledger::Ledger(Borrower borrower, std::function<void()> wake)
    : borrower_(std::move(borrower)), wake_(std::move(wake)) {
  pending_.reserve(max_faults);  // a fault must not need memory
}

void release(HeldList& held) noexcept {
  while (!held.empty()) held.pop_back();
}

void Ledger::acquire(const RequirementSet& requirements, HeldList& held) {
  const std::span<const ResourceRequirement> all = requirements.requirements();
  if (all.size() == 1 && all[0].required && !all[0].timeout) {
    held.push_back(
        {&all[0], borrower_.manager.acquire(requirements.ids()[0], borrower_.owner, borrower_.options)});
    return;
  }
  held.reserve(all.size());
  LeaseSet acquired = borrower_.manager.acquire_all(requirements, borrower_.owner, borrower_.options);
  for (LeaseSet::Entry& entry : acquired)
    for (const ResourceRequirement& requirement : all)
      if (requirement.name == entry.name && requirement.role == entry.role) {
        held.push_back({&requirement, std::move(entry.lease)});
        break;
      }
}

Fault Ledger::fault_now(Stage stage, std::string_view state) {
  Fault fault{std::current_exception(), stage, state, doing_};
  if (judge_) judge_(fault);
  return fault;
}

void Ledger::fault(Stage stage, std::string_view state) noexcept {
  Fault now{std::current_exception(), stage, state, doing_};
  try {
    now = fault_now(stage, state);
  } catch (...) {  // no memory: it stays as it is
  }
  doing_ = nullptr;
  fault(std::move(now));
}

void Ledger::fault(Fault fault) noexcept {
  if (ignore_) return;
  ++faults_;
  if (pending_.size() == pending_.capacity()) return;  // hopeless already: the first ones say why
  pending_.push_back(std::move(fault));
  try {
    wake_();
  } catch (...) {  // no memory for the queue: whoever drives the machine looks for what is pending
  }
}

void Ledger::exit_failed(std::string_view state) noexcept {
  if (std::exchange(exit_failed_, true)) {
    doing_ = nullptr;
  } else {
    fault(Stage::exit, state);
  }
}

std::optional<Fault> Ledger::next_fault() noexcept {
  if (pending_.empty()) return std::nullopt;
  Fault first = std::move(pending_.front());
  pending_.erase(pending_.begin());
  return first;
}

void Ledger::leaving(Scope& scope) noexcept {
  Scope** last = &leaving_;
  while (*last) last = &(*last)->next_leaving_;
  *last = &scope;
}

void Ledger::arrived(Scope& scope) noexcept {
  for (Scope** at = &leaving_; *at; at = &(*at)->next_leaving_)
    if (*at == &scope) {
      *at = std::exchange(scope.next_leaving_, nullptr);
      return;
    }
}

void Ledger::release_unwanted(bool (*wanted)(std::string_view) noexcept) noexcept {
  for (Scope* scope = leaving_; scope; scope = scope->next_leaving_)
    for (auto held = scope->held_.rbegin(); held != scope->held_.rend(); ++held)
      if (!wanted(held->requirement->name)) held->lease.release();
}

void Ledger::release_leaving() noexcept {
  while (Scope* scope = leaving_) {
    leaving_ = std::exchange(scope->next_leaving_, nullptr);
    release(scope->held_);
  }
}

Lease* Scope::find(std::string_view name_or_role) noexcept {
  for (Scope* scope = this; scope; scope = scope->outer_)
    for (Held& held : scope->held_)
      if (held.is(name_or_role)) return &held.lease;
  return nullptr;
}

Lease& Scope::lease(std::string_view name_or_role) {
  if (Lease* found = find(name_or_role)) return *found;
  throw_error(errc::fsm_resource,
              "the resource '" + std::string(name_or_role) + "' is not leased in the state '" +
                  std::string(name_) + "'",
              {.resource = std::string(name_or_role), .hint = "name it in the state's resources()"});
}

void Scope::have_leases(Requirements requirements) {
  if (requirements_.empty()) requirements_ = ledger_->prepare(requirements());
  if (requirements_.empty()) return;
  if (held_.empty()) return ledger_->acquire(requirements_, held_);
  HeldList acquired;  // of the visit that is ending: it shares them with itself until it has all
  ledger_->acquire(requirements_, acquired);
  ledger_->arrived(*this);
  release(held_);
  held_ = std::move(acquired);
}

void Scope::let_go(bool (*wanted)(std::string_view) noexcept) noexcept {
  ledger_->settle(wanted);
  ledger_->arrived(*this);
  release(held_);
}

void Scope::fall(Stage stage) noexcept {
  standing_ = false;
  release(held_);
  ledger_->give_back();
  ledger_->fault(stage, name_);
}

}  // namespace leasehold::fsm::msm
