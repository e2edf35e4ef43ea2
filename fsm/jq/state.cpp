#include "jq/state.hpp"

#include "jq/conversion.hpp"

#include <new>

namespace leasehold::fsm::jq {

namespace {
void keep(void* kept, jv message) {
  auto& complaints = *static_cast<std::vector<std::string>*>(kept);
  const Value spoken(jq_format_error(message));
  if (jv_get_kind(spoken.get()) == JV_KIND_STRING) complaints.emplace_back(jv_string_value(spoken.get()));
}
void drop(void*, jv message) {
  jv_free(message);
}
}  // namespace

StatePtr compile_state(const std::string& program, std::vector<std::string>& complaints) {
  StatePtr state(jq_init());
  if (!state) throw std::bad_alloc();
  jq_set_error_cb(state.get(), keep, &complaints);
  jq_set_attr(state.get(), jv_string("JQ_LIBRARY_PATH"), jv_array());
  if (jq_compile(state.get(), program.c_str()) == 0)
    state.reset();
  else
    jq_set_error_cb(state.get(), drop, nullptr);  // the complaints are gone when the state runs
  return state;
}

}  // namespace leasehold::fsm::jq
