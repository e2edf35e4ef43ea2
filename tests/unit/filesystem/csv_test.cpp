#include <doctest/doctest.h>

#include <leasehold/adapters/csv.hpp>

#include "scratch.hpp"

using leasehold::CsvFormat;
using leasehold::CsvReader;
using leasehold::CsvWriter;
using Row = std::vector<std::string>;
using Rows = std::vector<Row>;

namespace {

CsvReader reader_of(std::string text, CsvFormat format = {}, std::size_t piece = 1 << 20) {
  return CsvReader(
      [text = std::move(text), piece, at = std::size_t{0}](char* buffer, std::size_t size) mutable {
        const std::size_t got = text.copy(buffer, std::min(size, piece), at);
        at += got;
        return got;
      },
      "x.csv", format);
}

Rows read_all(const std::string& text, CsvFormat format = {}, std::size_t piece = 1 << 20) {
  CsvReader csv = reader_of(text, format, piece);
  Rows rows;
  for (Row row; csv.read_row(row);) rows.push_back(row);
  return rows;
}

std::string write_all(const Rows& rows, CsvFormat format = {}) {
  std::string text;
  CsvWriter csv([&text](std::string_view bytes) { text += bytes; }, format);
  for (const Row& row : rows) csv.write_row(row);
  CHECK(csv.rows() == rows.size());
  return text;
}

}  // namespace

TEST_CASE("CSV reads the same however the source cuts it") {
  struct Case {
    const char* text;
    Rows rows;
  };
  const Case cases[] = {
      {"", {}},
      {"\n\r\n\r", {}},
      {"a,b\n1,2\n", {{"a", "b"}, {"1", "2"}}},
      {"a,b\r\n1,2", {{"a", "b"}, {"1", "2"}}},
      {"a,b\r1,2\r", {{"a", "b"}, {"1", "2"}}},
      {"a,b\n\n1,2\n\n", {{"a", "b"}, {"1", "2"}}},
      {"\xEF\xBB\xBF"
       "a\n1\n",
       {{"a"}, {"1"}}},
      {"\xEF\xBB\xBF", {}},
      {",\n,\n", {{"", ""}, {"", ""}}},
      {"a,", {{"a", ""}}},
      {"\"\"\n\"\"\"\"\n", {{""}, {"\""}}},
      {"\"a,\"\"b\"\"\r\nc\",d\n", {{"a,\"b\"\r\nc", "d"}}},
      {"\"\r\"\r\n\"\n\"\n", {{"\r"}, {"\n"}}},
      {" a , b \n", {{" a ", " b "}}},
      {"gr\xC3\xBC\xC3\x9F,\xF0\x9F\x98\x80\n", {{"gr\xC3\xBC\xC3\x9F", "\xF0\x9F\x98\x80"}}},
  };
  for (const Case& c : cases)
    for (const std::size_t piece : {1UL, 2UL, 3UL, 7UL, 1000UL}) {
      CAPTURE(c.text);
      CAPTURE(piece);
      CHECK(read_all(c.text, {}, piece) == c.rows);
    }
}

TEST_CASE("CSV refusals name the line") {
  CHECK(refusal([] { read_all("a,b\n1,2\n3\n"); }) ==
        "file.format: x.csv:3: the row has 1 fields, the first has 2");
  CHECK(refusal([] { read_all("a,b\r\n\"x\ny\",2\r\n3,4,5\r\n"); }) ==
        "file.format: x.csv:4: the row has 3 fields, the first has 2");
  CHECK(refusal([] { read_all("a\n\"open\nand on\n"); }) ==
        "file.format: x.csv:2: the quoted field that begins here does not end");
  CHECK(refusal([] { read_all("a\n\"x\"y\n"); }) ==
        "file.format: x.csv:2: field 1 goes on behind its closing quote; double the quotes within it");
  CHECK(refusal([] {
          read_all("a,5\" pipe\n");
        }).starts_with("file.format: x.csv:1: there is a quote within field 2"));
  CHECK(refusal([] { read_all("a\n\xFF\n"); }) ==
        "file.format: x.csv:2: field 1 is not UTF-8 text; convert the file to UTF-8");
  CHECK(refusal([] { read_all("a\n" + std::string(100, 'x'), {.max_row_size = 50}); }) ==
        "file.format: x.csv:2: the row is larger than 50 bytes; look for a quote without its partner");
  CHECK(refusal_code([] { read_all(std::string(1000, ','), {.max_row_size = 50}); }) == "");
}

TEST_CASE("a CSV header has names, each once") {
  CHECK(reader_of("a,b\n").read_header() == Row{"a", "b"});
  CHECK(refusal([] { reader_of("").read_header(); }) ==
        "file.format: x.csv:1: there is no header row; write one or read it without a header");
  CHECK(refusal([] { reader_of("\na,,c\n").read_header(); }) ==
        "file.format: x.csv:2: column 2 of the header has no name");
  CHECK(refusal([] { reader_of("a,b,a\n").read_header(); }) ==
        "file.format: x.csv:1: the header has 'a' twice");
}

TEST_CASE("delimiter and quote can be chosen, if they can be told apart") {
  CHECK(read_all("a;b,c\n", {.delimiter = ';'}) == Rows{{"a", "b,c"}});
  CHECK(read_all("5\" pipe,\"x\n", {.quote = std::nullopt}) == Rows{{"5\" pipe", "\"x"}});
  CHECK(read_all("'a,b',c\n", {.quote = '\''}) == Rows{{"a,b", "c"}});
  CHECK(refusal_code([] { reader_of("", {.delimiter = '"'}); }) == "config.value");
  CHECK(refusal_code([] { reader_of("", {.delimiter = '\n'}); }) == "config.value");
  CHECK(refusal_code([] { reader_of("", {.delimiter = '\xC3'}); }) == "config.value");
  CHECK(refusal_code([] { CsvWriter(nullptr, {.delimiter = ';', .quote = ';'}); }) == "config.value");
}

TEST_CASE("what CSV writes it reads back") {
  const Rows rows = {
      {"name", "text"}, {"", ""}, {"a,b", "say \"hi\""}, {"two\nlines", "cr\rlf\r\n"}, {"'x'", " y "}};
  CHECK(write_all(rows) ==
        "name,text\n,\n\"a,b\",\"say \"\"hi\"\"\"\n\"two\nlines\",\"cr\rlf\r\n\"\n'x', y \n");
  for (const CsvFormat format :
       {CsvFormat{}, {.delimiter = ';'}, {.delimiter = '\t', .quote = '\''}, {.crlf = true}})
    CHECK(read_all(write_all(rows, format), format) == rows);
  CHECK(write_all({{"a"}, {""}}, {.crlf = true}) == "a\r\n\"\"\r\n");
  CHECK(read_all(write_all({{""}, {"x"}, {""}})) == Rows{{""}, {"x"}, {""}});
  CHECK(read_all(write_all({{"\xEF\xBB\xBFx"}})) == Rows{{"\xEF\xBB\xBFx"}});
}

TEST_CASE("CSV rows that cannot be written are refused") {
  CHECK(refusal([] {
          write_all({{"a", "b"}, {"c"}});
        }) == "file.format: row 2 has 1 fields, the first has 2");
  CHECK(refusal([] { write_all({{}}); }) == "file.format: row 1 has no fields");
  CHECK(
      refusal([] {
        write_all({{"a", "b,c"}}, {.quote = std::nullopt});
      }) ==
      "file.format: field 2 of row 1 cannot be written without quotes; choose a quote or another delimiter");
}
