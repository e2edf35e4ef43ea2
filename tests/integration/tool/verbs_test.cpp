#include "child.hpp"
#include "folders.hpp"
#include "machines.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using nlohmann::json;

TEST_CASE("validate tells the good from the bad, each with every problem at its place") {
  const ScratchDirectory directory;
  directory.write("good.yaml", greeting);
  std::string bad = greeting;
  bad.replace(bad.find("target: done"), 12, "target: doen");
  bad.replace(bad.find("initial: greet"), 14, "initail: greet");
  directory.write("bad.yaml", bad);

  const Ended good = run_tool(directory, {"validate", "good.yaml"});
  CHECK(good.status == 0);
  CHECK(good.out == "good.yaml: ok (3 states, 1 resource, 0 warnings)\n");
  CHECK(good.err == "");

  const Ended both = run_tool(directory, {"validate", "good.yaml", "bad.yaml"});
  CHECK(both.status == 3);
  CHECK(both.out == good.out);
  CHECK(both.err.find("bad.yaml:6:5: error[config.unknown_key]: ") != std::string::npos);
  CHECK(both.err.find("did you mean 'initial'?") != std::string::npos);
  CHECK(both.err.find("error[fsm.target]: ") != std::string::npos);
  CHECK(both.err.find("did you mean 'done'?") != std::string::npos);
  const std::string last = " nothing was registered or run\n";
  CHECK(both.err.substr(both.err.size() - last.size()) == last);

  const Ended as_json = run_tool(directory, {"validate", "good.yaml", "bad.yaml", "--format", "json"});
  CHECK(as_json.status == 3);
  const json verdicts = json::parse(as_json.out);
  REQUIRE(verdicts.size() == 2);
  CHECK(verdicts[0]["ok"] == true);
  CHECK(verdicts[1]["ok"] == false);
  CHECK(verdicts[1]["diagnostics"].size() >= 2);
}

TEST_CASE("validate refuses C++ functions unless they are named") {
  const ScratchDirectory directory;
  std::string text = greeting;
  text.replace(text.find("          transform:\n"), 21, "          transform:\n            - price_order\n");
  directory.write("m.yaml", text);
  const Ended refused = run_tool(directory, {"validate", "m.yaml"});
  CHECK(refused.status == 3);
  CHECK(refused.err.find("error[fsm.function]: ") != std::string::npos);
  const Ended accepted = run_tool(directory, {"validate", "m.yaml", "--function", "price_order"});
  CHECK(accepted.status == 0);
}

TEST_CASE("each class of bad machine has its code, and status 3") {
  const ScratchDirectory directory;
  const auto refused = [&](const std::string& text, const std::string& code) {
    directory.write("m.yaml", text);
    const Ended ended = run_tool(directory, {"validate", "m.yaml"});
    CHECK(ended.status == 3);
    CHECK(ended.out == "");
    CHECK_MESSAGE(ended.err.find("error[" + code + "]: ") != std::string::npos, ended.err);
  };
  refused("name: [", "yaml.syntax");
  refused("name: a\nname: b\n", "config.duplicate_key");
  refused(std::string(200, '[') + std::string(200, ']'), "yaml.too_deep");
  refused("a: &a [*a]\n", "yaml.alias_cycle");
  const auto with_resource = [](const std::string& declaration) {
    return "name: m\nresources:\n  r: " + declaration +
           "\nnetworks:\n  - name: main\n    initial: s\n    states: [{name: s, type: final}]\n";
  };
  refused(with_resource("{type: dict, pool: {min_size: 3, max_size: 2}}"), "config.value");
  refused(with_resource("{type: dict, pool: {acquire_timeout: -5s}}"), "config.value");
  refused(with_resource("{type: dict, data: {k: \"${LEASEHOLD_SURELY_UNSET}\"}}"), "config.missing");
  refused(with_resource("{type: dcit}"), "config.value");
}

TEST_CASE("resources shows what is declared, where it is used, and no secret") {
  const ScratchDirectory directory;
  directory.write("m.yaml", R"(name: shop
resources:
  rates:
    type: http
    base_url: http://localhost:1
    auth: {type: bearer, token: s3cret}
    pool: {max_size: 2}
    breaker: {failures: 5}
networks:
  - name: main
    initial: ask
    states:
      - {name: ask, resources: [rates], arcs: [{target: done}]}
      - {name: done, type: final}
)");
  const Ended text = run_tool(directory, {"resources", "m.yaml"});
  CHECK(text.status == 0);
  CHECK(text.out.find("rates (http)\n"
                      "  used by   main.ask\n"
                      "  pool      max_size 2\n"
                      "  breaker   failures 5\n") == 0);
  CHECK((text.out + text.err).find("s3cret") == std::string::npos);
  const json as_json = json::parse(run_tool(directory, {"resources", "m.yaml", "--format", "json"}).out);
  CHECK(as_json[0]["name"] == "rates");
  CHECK(as_json[0]["used_by"] == json({"main.ask"}));
  CHECK(as_json[0]["pool"]["max_size"] == 2);
  CHECK(as_json.dump().find("s3cret") == std::string::npos);
}

TEST_CASE("health is good if everything is, and says what is not") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  const Ended good = run_tool(directory, {"health", "m.yaml"});
  CHECK(good.status == 0);
  CHECK(good.out.find("settings  healthy") == 0);

  std::string text = greeting;
  text.replace(text.find("data: {word: hello}"), 19, "data: {word: hello}, faults: {health: db.unreachable}");
  directory.write("bad.yaml", text);
  const Ended bad = run_tool(directory, {"health", "bad.yaml", "--format", "json"});
  CHECK(bad.status == 1);
  CHECK(json::parse(bad.out)["settings"]["health"] == "unhealthy");
}

TEST_CASE("operations lists what machines can call") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  const Ended dict = run_tool(directory, {"operations", "dict"});
  CHECK(dict.status == 0);
  CHECK(dict.out.find("dict\n") == 0);
  CHECK(dict.out.find("  dict.get: ") != std::string::npos);
  CHECK(dict.out.find("      key*") != std::string::npos);
  const json all = json::parse(run_tool(directory, {"operations", "--format", "json"}).out);
  for (const char* type : {"database", "dict", "filesystem", "http", "llm"}) {
    CHECK_MESSAGE(all.contains(type), type);
    CHECK_FALSE(all[type]["operations"].empty());
  }
  CHECK(run_tool(directory, {"operations", "m.yaml"}).out.find("settings (dict)\n") == 0);
  const Ended unknown = run_tool(directory, {"operations", "databse"});
  CHECK(unknown.status == 2);
  CHECK(unknown.err == "leasehold: 'databse' is neither a type nor a machine; did you mean 'database'?\n");
}

TEST_CASE("help goes to standard output, bad usage to standard error with status 2") {
  const ScratchDirectory directory;
  const Ended help = run_tool(directory, {"--help"});
  CHECK(help.status == 0);
  CHECK(help.err == "");
  CHECK(help.out.find("leasehold run import.yaml") != std::string::npos);
  CHECK(run_tool(directory, {"--version"}).out.find("leasehold ") == 0);
  const Ended wrong = run_tool(directory, {"rnu"});
  CHECK(wrong.status == 2);
  CHECK(wrong.out == "");
  CHECK(wrong.err == "leasehold: unknown verb 'rnu'; did you mean 'run'?\nsee 'leasehold --help'\n");
}

TEST_CASE("schema prints what ships, writes it, and takes types of programs") {
  const ScratchDirectory directory;
  const Ended printed = run_tool(directory, {"schema"});
  CHECK(printed.status == 0);
  CHECK(printed.err == "");
  std::ostringstream shipped;
  shipped << std::ifstream(folders::source("configs/machine.schema.json")).rdbuf();
  CHECK(printed.out == shipped.str());
  CHECK(run_tool(directory, {"schema", "-o", "s.json"}).status == 0);
  CHECK(directory.read("s.json") == printed.out);

  const auto types = [](const Ended& ended) {
    return json::parse(ended.out)["$defs"]["resource_type"]["anyOf"][0]["enum"];
  };
  CHECK(types(printed) == json{"database", "dict", "filesystem", "http", "llm"});
  CHECK(types(run_tool(directory, {"schema", "--type", "redis,dict"})) ==
        json{"database", "dict", "filesystem", "http", "llm", "redis"});
}
