#include <leasehold/config.hpp>
#include <leasehold/pool.hpp>

#include <doctest/doctest.h>

using namespace leasehold;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

enum class Mode { slow, fast };
struct Inner {
  int depth = 1;
};
struct Everything {
  bool flag = false;
  std::int64_t big = -1;
  std::size_t count = 2;
  int number = 3;
  double share = 0.5;
  std::string text = "t";
  Secret password;
  Duration wait = 5s;
  std::optional<Duration> limit = std::nullopt;
  std::optional<std::size_t> most = std::nullopt;
  std::optional<std::string> maybe = std::nullopt;
  std::vector<std::string> list = {};
  std::map<std::string, std::string> labels = {};
  json anything = nullptr;
  Mode mode = Mode::slow;
  Inner inner = {};
  std::string needed;
};

const Fields<Everything>& everything() {
  static const Fields<Inner> inner = Fields<Inner>().field("depth", &Inner::depth, "how deep");
  static const Fields<Everything> fields =
      Fields<Everything>()
          .field("flag", &Everything::flag, "a flag")
          .field("big", &Everything::big, "a big one")
          .field("count", &Everything::count, "a count")
          .field("number", &Everything::number, "a number")
          .field("share", &Everything::share, "a share")
          .field("text", &Everything::text, "a text")
          .field("password", &Everything::password, "never shown")
          .field("wait", &Everything::wait, "a wait")
          .field("limit", &Everything::limit, "a limit")
          .field("most", &Everything::most, "the most")
          .field("maybe", &Everything::maybe, "perhaps")
          .field("list", &Everything::list, "a list")
          .field("labels", &Everything::labels, "labels")
          .field("anything", &Everything::anything, "anything")
          .choice("mode", &Everything::mode, {{"slow", Mode::slow}, {"fast", Mode::fast}}, "how")
          .nested("inner", &Everything::inner, inner, "inside")
          .required("needed", &Everything::needed, "must be there")
          .check([](const Everything& all, const std::string& pointer, std::vector<ConfigIssue>& issues) {
            if (all.count == 13)
              issues.push_back({errc::config_value, pointer_join(pointer, "count"), "unlucky", "", false});
          });
  return fields;
}

// The only issue of one key's value, as "message; hint".
std::string issue_of(const std::string& key, const json& value) {
  json config = {{"needed", "x"}};
  config[key] = value;
  try {
    everything().read(config);
    return "";
  } catch (const ConfigError& error) {
    REQUIRE(error.issues().size() == 1);
    const ConfigIssue& issue = error.issues()[0];
    return issue.pointer + ": " + issue.message + (issue.hint.empty() ? "" : "; " + issue.hint);
  }
}

}  // namespace

TEST_CASE("a table reads every type over the defaults") {
  const auto all = everything().read({{"flag", true},
                                      {"big", -9007199254740993},
                                      {"count", 7},
                                      {"number", -4},
                                      {"share", 1},
                                      {"text", "x"},
                                      {"password", "hunter2"},
                                      {"wait", "1.5s"},
                                      {"limit", "2m"},
                                      {"most", 9},
                                      {"maybe", "yes"},
                                      {"list", {"a", "b"}},
                                      {"labels", {{"k", "v"}}},
                                      {"anything", {1, {{"x", 2}}}},
                                      {"mode", "fast"},
                                      {"inner", {{"depth", 5}}},
                                      {"needed", "here"}});
  CHECK(all.flag);
  CHECK(all.big == -9007199254740993);
  CHECK(all.count == 7);
  CHECK(all.number == -4);
  CHECK(all.share == 1.0);
  CHECK(all.password.reveal() == "hunter2");
  CHECK(all.wait == 1500ms);
  CHECK(all.limit == 2min);
  CHECK(all.most == 9);
  CHECK(all.maybe == "yes");
  CHECK(all.list == std::vector<std::string>{"a", "b"});
  CHECK(all.labels.at("k") == "v");
  CHECK(all.anything == json{1, {{"x", 2}}});
  CHECK(all.mode == Mode::fast);
  CHECK(all.inner.depth == 5);
  const auto defaults = everything().read({{"needed", "here"}, {"limit", "off"}, {"most", "off"}});
  CHECK(defaults.wait == 5s);
  CHECK_FALSE(defaults.limit);
  CHECK_FALSE(defaults.most);
}

TEST_CASE("each wrong value has its own message, with the place and the way out") {
  CHECK(issue_of("flag", "yes") == "/flag: true or false is needed here, not \"yes\"");
  CHECK(issue_of("big", 1.5) == "/big: a whole number is needed here, not 1.5");
  CHECK(issue_of("big", 9223372036854775808u) ==
        "/big: a whole number is needed here, not 9223372036854775808");
  CHECK(issue_of("count", -1) == "/count: a whole number from 0 up is needed here, not -1");
  CHECK(issue_of("number", 3000000000) == "/number: a whole number is needed here, not 3000000000");
  CHECK(issue_of("share", "0.5") == "/share: a number is needed here, not \"0.5\"");
  CHECK(issue_of("text", 5) == "/text: text is needed here, not 5; put it in quotes");
  CHECK(issue_of("text", json::array()) == "/text: text is needed here, not []");
  CHECK(issue_of("password", 12345) ==
        "/password: text is needed here (the value is not shown: it is a secret); put it in quotes");
  CHECK(issue_of("wait", 5) ==
        "/wait: a duration is needed here, not 5; write a number with its unit: 250ms, 5s, 1.5m, 2h");
  CHECK(issue_of("wait", "-5s").starts_with("/wait: a duration is needed here, not \"-5s\""));
  CHECK(issue_of("wait", 0).empty());
  CHECK(issue_of("limit", 0).starts_with("/limit: a duration above zero or off is needed here, not 0"));
  CHECK(issue_of("most", "none") == "/most: a whole number from 0 up, or off is needed here, not \"none\"");
  CHECK(issue_of("list", "a") == "/list: a list of texts is needed here, not \"a\"");
  CHECK(issue_of("list", {"a", 2}) == "/list/1: text is needed here, not 2; put it in quotes");
  CHECK(issue_of("labels", 1) == "/labels: a mapping of texts is needed here, not 1");
  CHECK(issue_of("labels", {{"a/b", 2}}) == "/labels/a~1b: text is needed here, not 2; put it in quotes");
  CHECK(issue_of("mode", "fsat") == "/mode: 'fsat' is none of [\"slow\",\"fast\"]; did you mean 'fast'?");
  CHECK(issue_of("inner", {{"dept", 1}}) == "/inner/dept: unknown key 'dept'; did you mean 'depth'?");
  CHECK(issue_of("inner", 4) == "/inner: a mapping is needed here, not number; known keys: depth");
  CHECK(issue_of("pasword", "hunter2") == "/pasword: unknown key 'pasword'; did you mean 'password'?");
  CHECK(issue_of("count", 13) == "/count: unlucky");
  CHECK(issue_of("text", json(std::string(100, 'x')).get<std::string>()).empty());
  const std::string wide = issue_of("wait", std::string(100, 'x'));
  CHECK(wide.find("...") != std::string::npos);
  CHECK(wide.size() < 160);
}

TEST_CASE("every issue is reported at once, and a missing key says what it is for") {
  try {
    everything().read({{"flag", 1}, {"nonsense", 2}}, "/db");
    FAIL("accepted");
  } catch (const ConfigError& error) {
    REQUIRE(error.issues().size() == 3);
    CHECK(error.issues()[0].pointer == "/db/nonsense");
    CHECK(error.issues()[0].at_key);
    CHECK(error.issues()[0].code == errc::config_unknown_key);
    CHECK(error.issues()[1].pointer == "/db/flag");
    CHECK(error.issues()[2].code == errc::config_missing);
    CHECK(error.issues()[2].message == "'needed' is missing");
    CHECK(error.issues()[2].hint == "add it: must be there");
  }
  CHECK_THROWS_AS(everything().read(json::array()), ConfigError);
}

TEST_CASE("secrets are shown nowhere: written, described, in the schema or in messages") {
  auto all = everything().read({{"needed", "x"}, {"password", "hunter2"}});
  const json written = everything().write(all);
  CHECK(written.at("password") == "***");
  CHECK(written.at("wait") == "5s");
  CHECK(written.at("limit") == "off");
  CHECK(written.at("mode") == "slow");
  CHECK(everything().write(Everything{}).at("password") == "");
  CHECK(everything().schema().dump().find("hunter2") == std::string::npos);
  CHECK(issue_of("password", {{"value", "hunter2"}}).find("hunter2") == std::string::npos);
  for (const FieldDescription& about : everything().describe())
    CHECK(about.secret == (about.key == "password"));
}

TEST_CASE("what is written can be read again") {
  Everything all;
  all.needed = "x";
  all.wait = 1500ms;
  all.mode = Mode::fast;
  all.maybe = "m";
  const json written = everything().write(all);
  CHECK(everything().write(everything().read(written)) == written);
}

TEST_CASE("the schema is closed, has defaults and meanings, and names what is required") {
  const json schema = everything().schema();
  CHECK(schema.at("additionalProperties") == false);
  CHECK(schema.at("required") == json{"needed"});
  CHECK(schema.at("properties").at("wait").at("default") == "5s");
  CHECK(schema.at("properties").at("wait").at("description") == "a wait");
  CHECK(schema.at("properties").at("count").at("minimum") == 0);
  CHECK(schema.at("properties").at("mode").at("enum") == json{"slow", "fast"});
  CHECK(schema.at("properties").at("inner").at("properties").contains("depth"));
  CHECK_FALSE(schema.at("properties").at("password").contains("default"));
  CHECK(schema.at("properties").size() == everything().keys().size());
}

TEST_CASE("the nearest name is suggested if it is near, else what is known") {
  const std::vector<std::string> names = {"max_size", "min_size", "keepalive"};
  CHECK(nearest_name("max_sise", names) == "max_size");
  CHECK(nearest_name("mxa_size", names) == "max_size");
  CHECK(nearest_name("keep_alive", names) == "keepalive");
  CHECK(nearest_name("password", names).empty());
  CHECK(nearest_name(std::string(100000, 'x'), names).empty());
  CHECK(suggest_name("password", names) == "known: max_size, min_size, keepalive");
  CHECK(suggest_name("x", {}).empty());
}

TEST_CASE(
    "the same word in another number, case or spelling is near, and so is the only one that has it as a "
    "part") {
  const std::vector<std::string> names = {"retry",   "functions", "condition",    "catch",
                                          "on_exit", "timeout",   "max_attempts", "data_mapping"};
  const std::pair<const char*, const char*> near[] = {
      {"retries", "retry"},      {"retrys", "retry"},      {"Retry", "retry"},
      {"function", "functions"}, {"OnExit", "on_exit"},    {"ON_EXIT", "on_exit"},
      {"cond", "condition"},     {"func", "functions"},    {"attempts", "max_attempts"},
      {"catches", "catch"},      {"data", "data_mapping"}, {"retry_delay", "retry"},
      {"my_timeout", "timeout"}, {"exit", "on_exit"},
  };
  for (const auto& [word, name] : near) CHECK_MESSAGE(nearest_name(word, names) == name, word);
  CHECK(nearest_name("retry", {"retries"}) == "retries");
  CHECK(nearest_name("policy", {"police", "policies"}) == "policies");
  CHECK(suggest_name("retries", {"initial", "retry"}) == "did you mean 'retry'?");

  for (const char* word : {"con", "out", "status", "conditionals_of", "timeoutless", "__", "", "s"})
    CHECK_MESSAGE(nearest_name(word, names) == "", word);
  CHECK(nearest_name("time", {"timeout", "time_zone"}).empty());  // either
  CHECK(nearest_name("日本", {"東京", "_"}).empty());
}

TEST_CASE("JSON pointers escape as RFC 6901 says") {
  CHECK(pointer_join("/a", "b/c~d") == "/a/b~1c~0d");
  CHECK(pointer_join("", std::size_t{3}) == "/3");
}

TEST_CASE("a pool's contradictions name the key and are not rewritten") {
  const auto issues = [](const json& config) {
    try {
      pool_fields().read(config, "/db/pool");
      return std::string();
    } catch (const ConfigError& error) {
      return error.message();
    }
  };
  CHECK(issues({{"min_size", 5}, {"max_size", 3}}) ==
        "/db/pool/min_size: min_size 5 is above max_size 3; lower min_size or raise max_size");
  CHECK(issues({{"max_size", 0}}) ==
        "/db/pool/max_size: max_size is 0; a pool needs room for at least one resource");
  CHECK(issues({{"creation_concurrency", 0}})
            .starts_with("/db/pool/creation_concurrency: creation_concurrency is 0"));
  CHECK(issues({{"acquire_timeout", "-1s"}})
            .starts_with("/db/pool/acquire_timeout: a duration is needed here"));
  CHECK(issues({{"max_lifetime", "off"}, {"leak_threshold", "1h"}}).empty());
  PoolConfig negative;
  negative.acquire_timeout = -1s;
  std::vector<ConfigIssue> found;
  pool_fields().verify_into(negative, "", found);
  REQUIRE(found.size() == 1);
  CHECK(found[0].message == "acquire_timeout is negative");
}
