#pragma once

// The tool as its user meets it: a process with arguments, standard input, output and error.

#include "scratch_directory.hpp"

#include <nlohmann/json.hpp>

#include <sys/types.h>

#include <string>
#include <vector>

struct Ended {
  int status = -1;  // as the process ended; 128 + n if signal n did it
  std::string out;
  std::string err;

  std::vector<nlohmann::json> lines() const;  // of `out`, each a JSON document
};

class Child {
 public:
  enum class Output {
    kept,
    unread,
    closed
  };  // of standard output: in a file; a pipe that nobody reads; none at all

  // Runs in `directory`, with `input` as standard input (from a file).
  Child(const ScratchDirectory& directory, std::vector<std::string> arguments, const std::string& input = "",
        Output output = Output::kept);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  // kills it if it still runs

  void signal(int number) const;
  std::string out() const;  // so far
  std::string err() const;
  Ended wait();  // fails the test if it takes more than a minute

 private:
  const ScratchDirectory& directory_;
  pid_t pid_ = -1;
};

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline Ended run_tool(const ScratchDirectory& directory, std::vector<std::string> arguments,
                      const std::string& input = "") {
  return Child(directory, std::move(arguments), input).wait();
}
