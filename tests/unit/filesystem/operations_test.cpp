#include "scratch.hpp"

#include <sys/stat.h>

using namespace leasehold;
using nlohmann::json;

namespace {

// The provider as a machine sees it: operations by name, JSON in and out.
struct Called {
  explicit Called(const FilesystemOptions& options)
      : provider(make_filesystem_provider("files", options)), resource(provider->acquire(AcquireContext{})) {}
  ~Called() { provider->release(std::move(resource)); }

  json operator()(const std::string& name, const json& arguments) {
    const Operation* operation = provider->operations().find(name);
    REQUIRE(operation != nullptr);
    return operation->call(resource, arguments, OperationContext{});
  }

  std::shared_ptr<IResourceProvider> provider;
  Resource resource;
};

}  // namespace

TEST_CASE("files through operations") {
  Scratch scratch;
  Called call(scratch.options());
  CHECK(call("write", {{"path", "d/a.txt"}, {"text", "hello\n"}}) == 6);
  CHECK(call("append", {{"path", "d/a.txt"}, {"text", "world\n"}}) == 6);
  CHECK(call("read", {{"path", "d/a.txt"}}) == "hello\nworld\n");
  CHECK(call("exists", {{"path", "d/a.txt"}}) == true);
  CHECK(call("exists", {{"path", "d/b.txt"}}) == false);
  CHECK(call("list", json::object()) == json::array());
  CHECK(call("list", {{"recursive", true}}) == json{"d/a.txt"});
  CHECK(call("list", {{"path", "."}, {"include", "directories"}}) == json{"d"});
  CHECK(call("list", {{"path", "d"}, {"pattern", "*.txt"}, {"include", "all"}}) == json{"d/a.txt"});
  CHECK(call("delete", {{"path", "d/a.txt"}}) == true);
  CHECK(call("delete", {{"path", "d/a.txt"}}) == false);
  const std::string temp = call("temp", {{"suffix", ".json"}});
  CHECK(temp.ends_with(".json"));
  CHECK(call("exists", {{"path", temp}}) == true);
  CHECK(call.provider->reset(call.resource));
  CHECK(call("exists", {{"path", temp}}) == false);
  Scratch::put(scratch.base / "\xFF", "");
  CHECK(refusal([&] { call("list", json::object()); }) ==
        "file.format: the name '\\xff' is not UTF-8 text; rename it or narrow the pattern");
}

TEST_CASE("JSON through operations") {
  Scratch scratch;
  Called call(scratch.options());
  const json value = {{"3166-1", {{{"alpha_2", "DE"}, {"n", 276}}}}, {"none", nullptr}};
  const json written = call("write_json", {{"path", "x.json"}, {"value", value}});
  CHECK(written == Scratch::get(scratch.base / "x.json").size());
  CHECK(call("read_json", {{"path", "x.json"}}) == value);
  CHECK(call("read_json", {{"path", "x.json"}, {"pointer", "/3166-1/0/alpha_2"}}) == "DE");
  CHECK(call("read_json", {{"path", "x.json"}, {"pointer", ""}}) == value);
  CHECK(call("read_json", {{"path", "x.json"}, {"pointer", "/none"}}) == nullptr);
  CHECK(refusal([&] {
          call("read_json", {{"path", "x.json"}, {"pointer", "/3166-1/9"}});
        }) == "file.format: 'x.json' holds nothing at '/3166-1/9'; check the pointer against the file");
  for (const char* pointer :
       {"/3166-1/x", "/3166-1/-", "/3166-1/01", "/3166-1/99999999999999999999", "/none/x"})
    CHECK(refusal_code([&] {
            call("read_json", {{"path", "x.json"}, {"pointer", pointer}});
          }) == "file.format");
  CHECK(refusal_code([&] {
          call("read_json", {{"path", "x.json"}, {"pointer", "no slash"}});
        }) == "config.value");
  call("write_json", {{"path", "c.json"}, {"value", {1, "a"}}, {"indent", 0}});
  CHECK(Scratch::get(scratch.base / "c.json") == "[1,\"a\"]\n");
  Scratch::put(scratch.base / "bad.json", "{\n  \"a\": 1,\n}");
  CHECK(refusal([&] {
          call("read_json", {{"path", "bad.json"}});
        }).starts_with("json.syntax: bad.json:3:1: "));
  Scratch::put(scratch.base / "big.json", "[123456789012345678901]");
  CHECK(refusal_code([&] { call("read_json", {{"path", "big.json"}}); }) == "json.number_range");
  Scratch::put(scratch.base / "deep.json", std::string(100, '['));
  CHECK(refusal_code([&] { call("read_json", {{"path", "deep.json"}}); }) == "json.too_deep");
  CHECK(refusal_code([&] { call("write_json", {{"path", "c.json"}, {"value", "\xFF"}}); }) == "file.format");
  CHECK(Scratch::get(scratch.base / "c.json") == "[1,\"a\"]\n");
}

TEST_CASE("YAML through operations") {
  Scratch scratch;
  Called call(scratch.options());
  Scratch::put(
      scratch.base / "x.yaml",
      "a: 1\nb: [true, ~, 'no', no, 1.5, -3, 0x1F, 0o17, 1e3, \"010\", '', 12:30]\nc:\n  d: |\n    text\n");
  CHECK(call("read_yaml", {{"path", "x.yaml"}}) ==
        json{{"a", 1},
             {"b", {true, nullptr, "no", "no", 1.5, -3, 31, 15, 1000.0, "010", "", "12:30"}},
             {"c", {{"d", "text\n"}}}});
}

TEST_CASE("YAML values, refusals and bounds") {
  Scratch scratch;
  Called call(scratch.options());
  const auto read = [&](std::string_view text) {
    Scratch::put(scratch.base / "x.yaml", text);
    return call("read_yaml", {{"path", "x.yaml"}});
  };
  const auto refused = [&](std::string_view text) { return refusal([&] { read(text); }); };
  CHECK(read("") == nullptr);
  CHECK(read("# nothing\n") == nullptr);
  CHECK(read("base: &b {x: 1, y: [2]}\ncopy: *b\n") ==
        json::parse(R"({"base":{"x":1,"y":[2]},"copy":{"x":1,"y":[2]}})"));
  CHECK(read("- &k name\n- {*k : 1}\n") == json::parse(R"(["name",{"name":1}])"));
  CHECK(read("[18446744073709551615, -9223372036854775808, !!str 7]") ==
        json::parse(R"([18446744073709551615,-9223372036854775808,"7"])"));
  CHECK(refused("a: 1\nb: 2\na: 3\n") == "yaml.syntax: x.yaml:3:1: duplicate key 'a'");
  CHECK(refused("a: 010\n") ==
        "yaml.syntax: x.yaml:1:4: a number that begins with 0 can be read in several ways; put it in quotes, "
        "or leave the "
        "0 out");
  CHECK(refused("a: 18446744073709551616\n").starts_with("json.number_range: x.yaml:1:4: "));
  CHECK(refused("a: 1e999\n").starts_with("json.number_range: "));
  CHECK(refused("a: .inf\n").starts_with("yaml.syntax: x.yaml:1:4: "));
  CHECK(refused("[a]: 1\n").starts_with("yaml.syntax: x.yaml:1:1: a key must be text"));
  CHECK(refused("~: 1\n").starts_with("yaml.syntax: x.yaml:1:1: a key must be text"));
  CHECK(refused("a: !secret x\n").starts_with("yaml.syntax: x.yaml:1:4: tags are not supported"));
  CHECK(refused("a: [1, 2\nb: 3\n").starts_with("yaml.syntax: x.yaml:2:"));
  CHECK(refused("a: *gone\n").starts_with("yaml.syntax: x.yaml:1:4: "));
  CHECK(refused("a: 1\n---\nb: 2\n").starts_with("yaml.syntax: x.yaml: there is more than one document"));
  CHECK(refused("a: 1\x04\nb: 2\n").starts_with("yaml.syntax: x.yaml:1:5: control characters"));
  CHECK(refused("a: &a [*a]\n") == "yaml.alias_cycle: x.yaml:1:8: the alias stands for what it is in");
  CHECK(read(std::string(64, '[') + std::string(64, ']')).is_array());
  CHECK(refused(std::string(65, '[') + std::string(65, ']')) ==
        "yaml.too_deep: x.yaml:1:65: nested deeper than 64 levels");
  CHECK(refused(std::string(100'000, '[')).starts_with("yaml."));
  std::string bomb = "a0: &a0 [lol, lol]\n";
  for (int i = 1; i < 60; ++i) {
    const std::string before = "*a" + std::to_string(i - 1), name = "a" + std::to_string(i);
    bomb += name + ": &" + name + " [" + before + ", " + before + "]\n";
  }
  CHECK(refused(bomb).starts_with("yaml.alias_budget: x.yaml:"));
  std::string deep = "a0: &a0 [x]\n";
  for (int i = 1; i < 80; ++i)
    deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  CHECK(refused(deep).starts_with("yaml.too_deep: x.yaml:"));
}

TEST_CASE("CSV through operations") {
  Scratch scratch;
  Called call(scratch.options());
  Scratch::put(scratch.base / "c.csv", "code,name\nDE,Germany\n\"FR\",\"France, la\"\nIT,\n");
  CHECK(call("read_csv", {{"path", "c.csv"}}) ==
        json::parse(
            R"([{"code":"DE","name":"Germany"},{"code":"FR","name":"France, la"},{"code":"IT","name":""}])"));
  CHECK(call("read_csv", {{"path", "c.csv"}, {"columns", {"name"}}, {"limit", 1}, {"offset", 1}}) ==
        json::parse(R"([{"name":"France, la"}])"));
  CHECK(call("read_csv", {{"path", "c.csv"}, {"header", false}, {"limit", 1}}) ==
        json::parse(R"([["code","name"]])"));
  CHECK(call("read_csv", {{"path", "c.csv"}, {"header", false}, {"columns", {"a", "b"}}, {"limit", 1}}) ==
        json::parse(R"([{"a":"code","b":"name"}])"));
  CHECK(call("read_csv", {{"path", "c.csv"}, {"limit", 0}}) == json::array());
  CHECK(refusal([&] {
          call("read_csv", {{"path", "c.csv"}, {"columns", {"nane"}}});
        }) == "file.format: 'c.csv' has no column 'nane'; did you mean 'name'?");
  CHECK(refusal([&] {
          call("read_csv", {{"path", "c.csv"}, {"header", false}, {"columns", {"a"}}});
        }) == "file.format: c.csv:1: the row has 2 fields, 'columns' names 1");
  CHECK(refusal_code([&] { call("read_csv", {{"path", "c.csv"}, {"delimiter", ""}}); }) == "config.value");
  CHECK(refusal_code([&] { call("read_csv", {{"path", "c.csv"}, {"delimiter", "ab"}}); }) == "config.value");

  const json rows = json::parse(R"([{"b":"x,\"y\"","a":1},{"a":null,"b":[true]},{"a":1.5}])");
  CHECK(call("write_csv", {{"path", "out.csv"}, {"rows", rows}}) == 3);
  CHECK(Scratch::get(scratch.base / "out.csv") == "a,b\n1,\"x,\"\"y\"\"\"\n,[true]\n1.5,\n");
  CHECK(call("write_csv", {{"path", "out.csv"}, {"rows", rows}, {"columns", {"b"}}, {"header", false}}) == 3);
  CHECK(Scratch::get(scratch.base / "out.csv") == "\"x,\"\"y\"\"\"\n[true]\n\"\"\n");
  CHECK(call("write_csv",
             {{"path", "out.csv"}, {"rows", json::array()}, {"columns", {"b"}}, {"crlf", true}}) == 0);
  CHECK(Scratch::get(scratch.base / "out.csv") == "b\r\n");
  CHECK(call("write_csv",
             {{"path", "out.csv"}, {"rows", {{1, 2}, {3, 4}}}, {"header", false}, {"delimiter", ";"}}) == 2);
  CHECK(Scratch::get(scratch.base / "out.csv") == "1;2\n3;4\n");
  // A row that cannot be written leaves the file as it was.
  CHECK(refusal([&] {
          call("write_csv", {{"path", "out.csv"}, {"rows", json::parse(R"([{"a":1},{"b":2}])")}});
        }) ==
        "config.value: row 2 has a key that the first row has not; name the columns to write in 'columns'");
  CHECK(refusal_code([&] {
          call("write_csv", {{"path", "out.csv"}, {"rows", {1}}, {"header", false}});
        }) == "config.value");
  CHECK(refusal_code([&] {
          call("write_csv", {{"path", "out.csv"}, {"rows", json::array()}});
        }) == "config.value");
  CHECK(Scratch::get(scratch.base / "out.csv") == "1;2\n3;4\n");
  CHECK(scratch.everything() == std::vector<std::string>{"c.csv", "out.csv"});
}

TEST_CASE("a CSV larger than fits is read in parts") {
  Scratch scratch;
  FilesystemOptions options = scratch.options();
  options.max_file_size = 5'000;
  Called call(options);
  std::string text = "n\n";
  for (int i = 0; i < 10'000; ++i) text += std::to_string(i) + "\n";
  Scratch::put(scratch.base / "n.csv", text);
  CHECK(refusal([&] {
          call("read_csv", {{"path", "n.csv"}});
        }) ==
        "file.failed: the rows of 'n.csv' take more than 5000 bytes; read fewer with 'limit' and 'offset', "
        "or raise "
        "max_file_size");
  CHECK(call("read_csv", {{"path", "n.csv"}, {"offset", 9'999}, {"limit", 10}}) ==
        json::parse(R"([{"n":"9999"}])"));
}

TEST_CASE("arguments are held against their schema") {
  Scratch scratch;
  Called call(scratch.options());
  for (const auto& entry : call.provider->operations()) {
    const Operation& operation = entry.second;
    CAPTURE(entry.first);
    CHECK(operation.arguments.at("type") == "object");
    CHECK(operation.arguments.at("additionalProperties") == false);
    CHECK(operation.arguments.at("properties").is_object());
    for (const auto& [key, schema] : operation.arguments.at("properties").items()) CHECK(schema.is_object());
    CHECK_FALSE(operation.summary.empty());
  }
  CHECK(refusal([&] { call("read", json::object()); }) == "config.missing: 'read' needs the argument 'path'");
  CHECK(refusal([&] {
          call("read", {{"path", 7}});
        }) == "config.value: 'path' of 'read' must be of type string, not number");
  CHECK(refusal([&] {
          call("list", {{"patern", "*"}});
        }) == "config.unknown_key: 'list' takes no argument 'patern'; did you mean 'pattern'?");
  CHECK(refusal([&] {
          call("list", {{"include", "links"}});
        }) == "config.value: 'include' of 'list' must be one of [\"files\",\"directories\",\"all\"]");
  CHECK(refusal([&] {
          call("read_csv", {{"path", "x"}, {"limit", -1}});
        }) == "config.value: 'limit' of 'read_csv' must be at least 0");
  CHECK(refusal([&] {
          call("write_json", {{"path", "x"}, {"value", 1}, {"indent", 99}});
        }) == "config.value: 'indent' of 'write_json' must be at most 16");
  CHECK(refusal([&] {
          call("read_csv", {{"path", "x"}, {"columns", {"a", 1}}});
        }) == "config.value: each of 'columns' of 'read_csv' must be of type string, not number");
  CHECK(refusal_code([&] { call("read", "x"); }) == "config.value");
}
