#include <leasehold/error.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace leasehold;
using namespace std::chrono_literals;

namespace {
// The last of the enum; a code added behind it fails the first test until it is named here.
constexpr int last_code = static_cast<int>(errc::fsm_expectation);

std::unique_ptr<std::exception> thrown(errc code) {
  try {
    throw_error(code, "m");
  } catch (const PoolExhaustedError& e) {
    return std::make_unique<PoolExhaustedError>(e);
  } catch (const TimeoutError& e) {
    return std::make_unique<TimeoutError>(e);
  } catch (const ConnectionError& e) {
    return std::make_unique<ConnectionError>(e);
  } catch (const CircuitOpenError& e) {
    return std::make_unique<CircuitOpenError>(e);
  } catch (const DeadlockError& e) {
    return std::make_unique<DeadlockError>(e);
  } catch (const ConfigError& e) {
    return std::make_unique<ConfigError>(e);
  } catch (const StateError& e) {
    return std::make_unique<StateError>(e);
  } catch (const Error& e) {
    return std::make_unique<Error>(e);
  }
}
}  // namespace

TEST_CASE("every code has a name of its own, a sentence, and is found by its name") {
  std::set<std::string> names;
  for (int value = 1; value <= last_code; ++value) {
    const errc code = static_cast<errc>(value);
    const std::string name(error_name(code));
    CAPTURE(value);
    CHECK(name != "unknown");
    CHECK(std::count(name.begin(), name.end(), '.') == 1);
    CHECK(names.insert(name).second);
    CHECK(error_from_name(name) == code);
    CHECK(make_error_code(code).message() != "unknown error");
    CHECK(is_error_pattern(name));
    CHECK(is_error_pattern(name.substr(0, name.find('.'))));
  }
  CHECK(error_name(static_cast<errc>(last_code + 1)) == "unknown");
  CHECK_FALSE(error_from_name("unknown"));
  CHECK_FALSE(error_from_name("acquire_timeout"));
  CHECK(error_name(errc::fsm_no_transition) == "fsm.no_transition");
}

TEST_CASE("an error says code, what happened and what to do, and is a system_error") {
  const Error error(errc::db_full, "the disk is full",
                    {.resource = "db", .owner = "a", .elapsed = 2s, .hint = "free space"});
  CHECK(std::string(error.what()) == "db.full: the disk is full; free space");
  CHECK(error.message() == "the disk is full");
  CHECK(error.resource() == "db");
  CHECK(error.owner() == "a");
  CHECK(error.elapsed() == 2s);
  CHECK(error.code() == errc::db_full);
  CHECK(std::string(error.code().category().name()) == "leasehold");
  const Error copy = error;
  CHECK(std::string(copy.what()) == error.what());
}

TEST_CASE("each code throws the class that belongs to it") {
  const auto is = [](errc code, auto* type) {
    const auto error = thrown(code);
    return dynamic_cast<decltype(type)>(error.get()) != nullptr;
  };
  for (const errc code : {errc::db_unreachable, errc::db_auth, errc::http_unreachable, errc::http_tls,
                          errc::net_address_denied, errc::resource_create_failed})
    CHECK(is(code, static_cast<ConnectionError*>(nullptr)));
  for (const errc code : {errc::db_deadline, errc::http_deadline, errc::fsm_deadline})
    CHECK(is(code, static_cast<TimeoutError*>(nullptr)));
  for (const errc code : {errc::acquire_timeout, errc::acquire_exhausted})
    CHECK(is(code, static_cast<PoolExhaustedError*>(nullptr)));
  CHECK(is(errc::breaker_open, static_cast<CircuitOpenError*>(nullptr)));
  CHECK(is(errc::acquire_deadlock, static_cast<DeadlockError*>(nullptr)));
  for (const errc code :
       {errc::secret_missing, errc::resource_duplicate, errc::yaml_syntax, errc::config_value})
    CHECK(is(code, static_cast<ConfigError*>(nullptr)));
  for (const errc code : {errc::lease_revoked, errc::acquire_closed, errc::acquire_forked,
                          errc::resource_type, errc::fsm_target})
    CHECK(is(code, static_cast<StateError*>(nullptr)));
  for (int value = 1; value <= last_code; ++value) {
    const auto error = thrown(static_cast<errc>(value));
    CHECK(dynamic_cast<Error&>(*error).reason() == static_cast<errc>(value));
  }
}

TEST_CASE("patterns match codes, areas, classes and everything") {
  const struct {
    const char* pattern;
    errc code;
    bool matches;
  } cases[] = {
      {"*", errc::db_full, true},
      {"db.full", errc::db_full, true},
      {"db.full", errc::db_readonly, false},
      {"db", errc::db_readonly, true},
      {"d", errc::db_readonly, false},
      {"db.", errc::db_readonly, false},
      {"db.f", errc::db_full, false},
      {"connection", errc::db_unreachable, true},
      {"connection", errc::db_deadline, false},
      {"timeout", errc::db_deadline, true},
      {"timeout", errc::acquire_timeout, true},
      {"exhausted", errc::acquire_timeout, true},
      {"exhausted", errc::db_deadline, false},
      {"circuit", errc::breaker_open, true},
      {"deadlock", errc::acquire_deadlock, true},
      {"config", errc::config_value, true},
      {"config", errc::yaml_syntax, true},
      {"state", errc::lease_revoked, true},
      {"acquire", errc::acquire_deadlock, true},
      {"http", errc::http_status, true},
  };
  for (const auto& c : cases) {
    CAPTURE(c.pattern);
    CHECK(error_matches(c.pattern, *thrown(c.code)) == c.matches);
    if (c.matches) CHECK(is_error_pattern(c.pattern));
  }
  const std::runtime_error foreign("x");
  CHECK(error_matches("*", foreign));
  CHECK(error_matches("fsm.action", foreign));
  CHECK(error_matches("fsm", foreign));
  CHECK_FALSE(error_matches("db", foreign));
  CHECK_FALSE(error_matches("connection", foreign));
  for (const char* pattern : {"", "conection", "db.ful", "acquire_timeout", "**", "fsm."})
    CHECK_FALSE(is_error_pattern(pattern));
}

TEST_CASE("a config error lists every issue with its place") {
  const ConfigError error(
      {{errc::config_unknown_key, "/db/max_sise", "unknown key 'max_sise'", "did you mean 'max_size'?", true},
       {errc::config_value, "/db/open", "a duration is needed here, not 5", "", false}});
  CHECK(error.reason() == errc::config_unknown_key);
  CHECK(std::string(error.what()) ==
        "config.unknown_key: /db/max_sise: unknown key 'max_sise'; did you mean 'max_size'?\n"
        "/db/open: a duration is needed here, not 5");
  const ConfigError one(errc::config_value, "wrong", {.hint = "right it"});
  REQUIRE(one.issues().size() == 1);
  CHECK(one.issues()[0].message == "wrong");
  CHECK(std::string(one.what()) == "config.value: wrong; right it");
}
