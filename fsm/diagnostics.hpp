#pragma once

// Diagnostics: collects what loading one document finds, so that everything is reported at once.
//
// Threads: one.

#include "position.hpp"
#include "source.hpp"

#include <leasehold/fsm/load.hpp>

#include <string>
#include <vector>

namespace leasehold::fsm {

inline constexpr std::string_view older_form = "older-form";

// Thrown by error() once so much is wrong that the rest is not worth looking for.
struct TooManyErrors {};

class Diagnostics {
 public:
  explicit Diagnostics(const Source& source) : source_(source) {}

  void error(errc code, Position where, std::string message, std::string hint = {});
  void warning(std::string_view rule, errc code, Position where, std::string message, std::string hint = {});
  // What is an older form of something: the rule older_form.
  void note(Position where, std::string message, std::string hint = {});
  void drop_notes() noexcept;

  bool failed() const noexcept { return errors_ > 0; }
  bool failed_at(Position where) const noexcept;  // an error stands there already

  // `value` came from the environment: wherever it would stand in a message, `name` stands instead.
  void hide(std::string value, std::string name);

  // Everything, in the order of the document, each once.
  std::vector<Diagnostic> take();

  const Source& source() const noexcept { return source_; }

 private:
  void add(Severity severity, errc code, Position where, std::string message, std::string hint,
           std::string_view rule = {});

  struct Hidden {
    std::string value;
    std::string name;
  };
  const Source& source_;
  std::vector<Diagnostic> found_;
  std::vector<Hidden> hidden_;
  std::size_t errors_ = 0;
  std::size_t others_ = 0;
};

}  // namespace leasehold::fsm
