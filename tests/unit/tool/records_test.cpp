#include "records.hpp"

#include "line_reader.hpp"
#include "scratch_directory.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace leasehold;
using namespace leasehold::tool;

namespace {

std::vector<Record> read_all(RecordReader& reader) {
  std::vector<Record> records;
  while (auto record = reader.next({})) records.push_back(std::move(*record));
  return records;
}

// What opening says, as bad usage.
std::string complaint(const std::string& path, InputFormat format = InputFormat::by_name,
                      const std::string& pointer = "") {
  try {
    open_records(path, format, pointer);
  } catch (const Failure& failure) {
    CHECK(failure.status() == ExitStatus::usage);
    return failure.what();
  }
  return "";
}

}  // namespace

TEST_CASE("without input there is one record, {}") {
  const auto reader = open_records("", InputFormat::by_name);
  CHECK(reader->total() == 1);
  const auto records = read_all(*reader);
  REQUIRE(records.size() == 1);
  CHECK(records[0].number == 1);
  CHECK(records[0].data == nlohmann::json::object());
}

TEST_CASE("a JSON object is one record, an array holds many") {
  const ScratchDirectory directory;
  auto reader = open_records(directory.write("one.json", R"({"a": 1})"), InputFormat::by_name);
  CHECK(reader->total() == 1);
  CHECK(read_all(*reader)[0].data == nlohmann::json({{"a", 1}}));

  reader = open_records(directory.write("many.json", R"([{"a": 1}, {"a": 2}])"), InputFormat::by_name);
  CHECK(reader->total() == 2);
  const auto records = read_all(*reader);
  REQUIRE(records.size() == 2);
  CHECK(records[1].number == 2);
  CHECK(records[1].data == nlohmann::json({{"a", 2}}));

  CHECK(open_records(directory.write("none.json", "[]"), InputFormat::by_name)->total() == 0);
  reader = open_records(directory.write("deep.json", R"({"a/b": {"items": [{"c": 1}, {}]}})"),
                        InputFormat::by_name, "/a~1b/items");
  CHECK(reader->total() == 2);
  CHECK(reader->next({})->data == nlohmann::json{{"c", 1}});
}

TEST_CASE("a JSON document that is wrong anywhere is refused whole") {
  const ScratchDirectory directory;
  const std::string broken = directory.write("broken.json", "[{},\n {\"a\": }]");
  CHECK(complaint(broken).find("json.syntax: " + broken + ":2:8: ") == 0);
  const std::string text = directory.write("text.json", "\"x\"");
  CHECK(complaint(text) == "'" + text + "' holds a string; an object or an array of objects is needed");
  const std::string mixed = directory.write("mixed.json", "[{}, 3]");
  CHECK(complaint(mixed) == "record 2 of '" + mixed + "' is a number; an object is needed");
  const std::string good = directory.write("good.json", "{\"a\": []}");
  CHECK(complaint(good, InputFormat::by_name, "/b") ==
        "'" + good + "' holds nothing at the JSON pointer '/b' of --records");
  CHECK(complaint(good, InputFormat::by_name, "b") ==
        "'" + good + "' holds nothing at the JSON pointer 'b' of --records");
  CHECK(complaint(good, InputFormat::jsonl, "/a") ==
        "--records points into a JSON document; the input is none");
}

TEST_CASE("JSON lines: blank lines are skipped, bad ones are records with an error and their line") {
  const ScratchDirectory directory;
  const std::string path = directory.write(
      "x.jsonl", "{\"a\": 1}\r\n\n  \n{\"a\": \n[1]\n{\"a\": 99999999999999999999}\n{\"a\": 2}");
  const auto reader = open_records(path, InputFormat::by_name);
  CHECK(reader->total() == 5);
  const auto records = read_all(*reader);
  REQUIRE(records.size() == 5);
  CHECK(records[0].data == nlohmann::json({{"a", 1}}));
  CHECK(records[0].line == 1);
  CHECK(records[1].number == 2);
  CHECK(records[1].line == 4);
  REQUIRE(records[1].error);
  CHECK(records[1].error->reason() == errc::json_syntax);
  CHECK(records[1].error->message().find(path + ":4:") == 0);
  REQUIRE(records[2].error);
  CHECK(std::string(records[2].error->what()) ==
        "fsm.input: " + path + ":5: a record must be an object, not an array");
  REQUIRE(records[3].error);
  CHECK(records[3].error->reason() == errc::json_number_range);
  CHECK_FALSE(records[4].error);
  CHECK(records[4].line == 7);
  CHECK(records[4].data == nlohmann::json({{"a", 2}}));
}

TEST_CASE("JSON lines that are not UTF-8 are refused whole") {
  const ScratchDirectory directory;
  const std::string path = directory.write("x.jsonl", "{}\n{\"name\": \"Z\xfcrich\"}\n");
  CHECK(complaint(path) == path + ":2: the text is not UTF-8; convert it, by iconv for one");
}

TEST_CASE("a line beyond the limit is a failed record, and the next one is read") {
  const ScratchDirectory directory;
  const std::string path =
      directory.write("x.jsonl", "\"" + std::string(LineReader::longest + 100, 'a') + "\"\n{\"a\": 1}\n");
  const auto reader = open_records(path, InputFormat::by_name);
  const auto records = read_all(*reader);
  REQUIRE(records.size() == 2);
  REQUIRE(records[0].error);
  CHECK(std::string(records[0].error->what()) ==
        "config.too_large: " + path + ":1: the line is longer than 16 MiB");
  CHECK(records[1].data == nlohmann::json({{"a", 1}}));
}

TEST_CASE("once stopped, no record is given out") {
  const ScratchDirectory directory;
  std::stop_source stop;
  stop.request_stop();
  const auto lines = open_records(directory.write("x.jsonl", "{}\n{}\n"), InputFormat::by_name);
  CHECK_FALSE(lines->next(stop.get_token()));
  const auto document = open_records(directory.write("x.json", "[{}, {}]"), InputFormat::by_name);
  CHECK_FALSE(document->next(stop.get_token()));
}

TEST_CASE("input that cannot be read is bad usage") {
  const ScratchDirectory directory;
  CHECK(complaint(directory / "none.json") ==
        "cannot read '" + (directory / "none.json") + "': No such file or directory");
  CHECK(complaint(directory / ".", InputFormat::json) ==
        "cannot read '" + (directory / ".") + "': Is a directory");
  const std::string odd = directory.write("rows.txt", "");
  CHECK(complaint(odd) ==
        "the name of '" + odd + "' does not say what it holds; add --input-format json, jsonl or csv");
}
