#include "child.hpp"
#include "machines.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>

using nlohmann::json;

namespace {

std::string numbered_lines(int count) {
  std::string text;
  for (int n = 1; n <= count; ++n) text += "{\"n\": " + std::to_string(n) + "}\n";
  return text;
}

// What `ulimit -f` sets; processes started meanwhile keep it.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("without input a machine runs once, on what --set gives") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  const Ended ended = run_tool(directory, {"run", "m.yaml", "--set", "n=3", "--set", "who=world"});
  CHECK(ended.status == 0);
  const auto lines = ended.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["record"] == 1);
  CHECK(lines[0]["success"] == true);
  CHECK(lines[0]["final_state"] == "done");
  CHECK(lines[0]["data"] == json({{"n", 3}, {"who", "world"}, {"word", "hello"}}));
  CHECK(ended.err.find("greeting: 1 record in ") == 0);
  CHECK(ended.err.find(": 1 succeeded, 0 failed\n") != std::string::npos);
  CHECK(ended.err.find("\nresource  acquired") != std::string::npos);
  CHECK(ended.err.find("\nsettings ") != std::string::npos);
  CHECK(ended.err.find('\x1b') == std::string::npos);  // neither a bar nor colour: it is no terminal
}

TEST_CASE("results come in the order of the records, with several at once") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  directory.write("x.jsonl", numbered_lines(100));
  const Ended ended = run_tool(directory, {"run", "m.yaml", "-i", "x.jsonl", "-j", "4", "--quiet"});
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
  const auto lines = ended.lines();
  REQUIRE(lines.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(lines[i]["record"] == i + 1);
    CHECK(lines[i]["line"] == i + 1);
    CHECK(lines[i]["data"]["n"] == i + 1);
  }
}

TEST_CASE("a bad line is a failed record, the others go on, and the status says so") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  const Ended ended = run_tool(directory, {"run", "m.yaml", "-i", "-", "--format", "json"},
                               "{\"n\": 1}\n{\"n\": \n[1]\n{\"n\": 101}\n{\"n\": 2}\n");
  CHECK(ended.status == 1);
  const auto lines = ended.lines();
  REQUIRE(lines.size() == 5);
  CHECK(lines[0]["success"] == true);
  CHECK(lines[1]["success"] == false);
  CHECK(lines[1]["error"].get<std::string>().find("json.syntax: standard input:2:") == 0);
  CHECK(lines[2]["error"] == "fsm.input: standard input:3: a record must be an object, not an array");
  CHECK(lines[3]["final_state"] == "large");
  CHECK(lines[4]["success"] == true);

  const json summary = json::parse(ended.err);
  CHECK(summary["succeeded"] == 2);
  CHECK(summary["failed"] == 3);
  CHECK(summary["failures"].size() == 3);
  CHECK(summary["resources"]["settings"]["acquisitions"] == 3);
}

TEST_CASE("CSV rows are records of texts") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  directory.write("x.csv", "name,note\r\nada,\"one, two\"\r\nbob,\r\n");
  const Ended ended = run_tool(directory, {"run", "m.yaml", "-i", "x.csv", "--set", "n=1", "-q"});
  CHECK(ended.status == 0);
  const auto lines = ended.lines();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["data"] == json({{"name", "ada"}, {"note", "one, two"}, {"n", 1}, {"word", "hello"}}));
  CHECK(lines[1]["line"] == 3);
}

TEST_CASE("results and metrics in files appear whole, and nothing else is left") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  directory.write("x.jsonl", numbered_lines(3));
  directory.write("out.jsonl", "old");
  const Ended ended = run_tool(
      directory, {"run", "m.yaml", "-i", "x.jsonl", "-o", "out.jsonl", "--metrics", "m.prom", "--trace"});
  CHECK(ended.status == 0);
  CHECK(ended.out == "");
  const auto lines = Ended{0, directory.read("out.jsonl"), ""}.lines();
  REQUIRE(lines.size() == 3);
  CHECK_FALSE(lines[0]["trace"].empty());
  CHECK(directory.read("m.prom").find("resource=\"settings\"") != std::string::npos);
  CHECK(directory.names() == std::set<std::string>{"m.yaml", "x.jsonl", "out.jsonl", "m.prom"});
}

TEST_CASE("what cannot be used is refused before anything runs") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  directory.write("broken.json", "{\"n\": }");
  directory.write("latin1.jsonl", "{\"n\": \"Z\xfcrich\"}\n");
  directory.write("ragged.csv", "a,b\n1\n");
  directory.write("out.jsonl", "old");
  const auto refused = [&](std::vector<std::string> arguments, int status, const std::string& text) {
    arguments.insert(arguments.begin(), {"run", "-o", "out.jsonl"});
    const Ended ended = run_tool(directory, arguments);
    CHECK(ended.status == status);
    CHECK_MESSAGE(ended.err.find(text) != std::string::npos, ended.err);
    CHECK(ended.out == "");
    CHECK(directory.read("out.jsonl") == "old");
  };
  refused({"m.yaml", "-i", "none.json"}, 2,
          "leasehold: cannot read 'none.json': No such file or directory\n");
  refused({"m.yaml", "-i", "broken.json"}, 2, "leasehold: json.syntax: broken.json:1:7: ");
  refused({"m.yaml", "-i", "latin1.jsonl"}, 2, "leasehold: latin1.jsonl:1: the text is not UTF-8");
  refused({"m.yaml", "-i", "ragged.csv"}, 2, "ragged.csv:2");
  refused({"m.yaml", "--metrics", "none/m.prom"}, 2, "leasehold: cannot write 'none/m.prom': ");
  refused({"m.yaml", "--jbos", "3"}, 2, "unknown option '--jbos'; did you mean '--jobs'?");
  refused({"none.yaml"}, 3, "leasehold: 1 error, nothing was registered or run\n");
}

TEST_CASE("a full standard output is an error, one that nobody reads ends quietly") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  directory.write("x.jsonl", numbered_lines(1000));
  Child child(directory, {"run", "m.yaml", "-i", "x.jsonl", "-q"}, "", Child::Output::unread);
  const Ended ended = child.wait();
  CHECK(ended.status == 1);
  CHECK(ended.err == "");
  if (!std::filesystem::exists("/dev/full")) return;
  const Ended full = run_tool(directory, {"run", "m.yaml", "-i", "x.jsonl", "-q", "-o", "/dev/full"});
  CHECK(full.status == 1);
  CHECK(full.err == "leasehold: cannot write '/dev/full': No space left on device\n");
}

TEST_CASE("a standard output that is closed is an error, and no other file is taken for it") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  const Ended ended = Child(directory, {"run", "m.yaml", "-q"}, "", Child::Output::closed).wait();
  CHECK(ended.status == 1);
  CHECK(ended.err == "leasehold: cannot write to standard output: Bad file descriptor\n");
}

TEST_CASE("a limit on the size of files is an error, and leaves what was there") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  directory.write("x.jsonl", numbered_lines(1000));
  directory.write("out.jsonl", "old");
  const Ended ended = [&] {
    const FileSizeLimit limit(10'000);
    return run_tool(directory, {"run", "m.yaml", "-i", "x.jsonl", "-q", "-o", "out.jsonl"});
  }();
  CHECK(ended.status == 1);
  CHECK(ended.err == "leasehold: cannot write 'out.jsonl': File too large\n");
  CHECK(directory.read("out.jsonl") == "old");
  CHECK(directory.names() == std::set<std::string>{"m.yaml", "x.jsonl", "out.jsonl"});
}

TEST_CASE("no output takes the place of what the run reads, or of the other output") {
  const ScratchDirectory directory;
  directory.write("m.yaml", greeting);
  directory.write("x.jsonl", numbered_lines(1));
  const auto refused = [&](std::vector<std::string> arguments, const std::string& text) {
    arguments.insert(arguments.begin(), {"run", "m.yaml", "-i", "x.jsonl"});
    const Ended ended = run_tool(directory, arguments);
    CHECK(ended.status == 2);
    CHECK(ended.err == "leasehold: " + text + "\n");
    CHECK(directory.read("m.yaml") == greeting);
    CHECK(directory.read("x.jsonl") == numbered_lines(1));
  };
  refused({"-o", "x.jsonl"}, "--output 'x.jsonl' would replace what --input names; give it another name");
  refused({"-o", "./m.yaml"}, "--output './m.yaml' would replace the machine; give it another name");
  refused({"--metrics", "m.yaml"}, "--metrics 'm.yaml' would replace the machine; give it another name");
  refused({"--metrics", "x.jsonl"},
          "--metrics 'x.jsonl' would replace what --input names; give it another name");
  refused({"-o", "new", "--metrics", "./new"},
          "--metrics './new' would replace what --output names; give it another name");
  CHECK(directory.names() == std::set<std::string>{"m.yaml", "x.jsonl"});
  const Ended devices =
      run_tool(directory, {"run", "m.yaml", "-i", "x.jsonl", "-o", "/dev/null", "--metrics", "/dev/null"});
  CHECK(devices.status == 0);
}

TEST_CASE("a resource that fails at run time fails the records that need it, with its code") {
  const ScratchDirectory directory;
  directory.write("m.yaml", R"(name: storing
resources:
  db: {type: database, backend: sqlite3, connection: "dbname=none/here.db", pool: {acquire_timeout: 2s}}
networks:
  - name: main
    initial: choose
    states:
      - name: choose
        arcs:
          - {target: store, condition: '.store'}
          - {target: done}
      - name: store
        resources: [db]
        functions:
          transform:
            - {call: db.tables, with: {}}
        arcs: [{target: done}]
      - {name: done, type: final}
)");
  const Ended ended = run_tool(directory, {"run", "m.yaml", "-i", "-"},
                               "{\"store\": false}\n{\"store\": true}\n{\"store\": false}\n");
  CHECK(ended.status == 1);
  const auto lines = ended.lines();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["success"] == true);
  CHECK(lines[1]["success"] == false);
  CHECK(lines[1]["error"].get<std::string>().find("db.unreachable: ") == 0);
  CHECK(lines[2]["success"] == true);
  CHECK(ended.err.find("      1  db.unreachable  record 2: db.unreachable: ") != std::string::npos);
  CHECK(directory.names() == std::set<std::string>{"m.yaml"});
}

TEST_CASE("a database that cannot be written fails the records that write") {
  const ScratchDirectory directory;
  const std::string machine = R"yaml(name: storing
resources:
  db: {type: database, backend: sqlite3, connection: "dbname=x.db", MODE}
networks:
  - name: main
    initial: store
    states:
      - name: store
        resources: [db]
        functions:
          transform:
            - {call: db.execute, with: {sql: "create table if not exists t (a)"}}
            - {call: db.insert, with: {table: t, rows: [{a: 1}]}}
        arcs: [{target: done}]
      - {name: done, type: final}
)yaml";
  const auto with_mode = [&](const std::string& mode) {
    std::string text = machine;
    return text.replace(text.find("MODE"), 4, mode);
  };
  directory.write("w.yaml", with_mode("read_only: false"));
  directory.write("r.yaml", with_mode("read_only: true"));
  CHECK(run_tool(directory, {"run", "w.yaml"}).status == 0);
  const Ended ended = run_tool(directory, {"run", "r.yaml"});
  CHECK(ended.status == 1);
  CHECK_MESSAGE(ended.lines().at(0)["error"].get<std::string>().find("db.readonly: ") == 0, ended.out);
}
