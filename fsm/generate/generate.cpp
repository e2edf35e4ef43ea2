#include <leasehold/fsm/generate.hpp>

#include "generate/flat.hpp"
#include "generate/header.hpp"
#include "generate/names.hpp"
#include "generate/refusals.hpp"
#include "load/document.hpp"
#include "load/file.hpp"
#include "yaml/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace leasehold::fsm {

namespace {

// What stands for a resource that only the program knows. Every text that could be a call's is one of its
// operations.
class UnknownProvider final : public IResourceProvider {
 public:
  explicit UnknownProvider(const yaml::Document* document) {
    if (!document) return;
    for (const yaml::Node& node : document->nodes()) {
      const std::size_t dot = node.is(yaml::Node::Kind::scalar) ? node.text.rfind('.') : std::string::npos;
      if (dot == std::string::npos || dot + 1 == node.text.size()) continue;
      std::string name = node.text.substr(dot + 1);
      if (!operations_.find(name)) operations_.add({std::move(name), "", true, nullptr});
    }
  }
  std::string_view type() const noexcept override { return "unknown"; }
  Resource acquire(const AcquireContext&) override {
    throw_error(errc::resource_unknown, "a machine that is generated holds nothing");
  }
  void release(Resource&&) noexcept override {}
  bool validate(Resource&) override { return false; }
  HealthReport health_check(const AcquireContext&) override { return {}; }
  nlohmann::json describe() const override { return nullptr; }
  const Operations& operations() const override { return operations_; }

 private:
  Operations operations_;
};

// Takes every resource as one that the program registers: the header names it, no more.
class AnyResource final : public ResourceCatalog {
 public:
  explicit AnyResource(const yaml::Document* document)
      : unknown_(std::make_shared<UnknownProvider>(document)) {}

  std::shared_ptr<IResourceProvider> examine(const ResourceDeclaration&,
                                             std::vector<ConfigIssue>&) const override {
    return nullptr;
  }
  std::shared_ptr<IResourceProvider> find(const std::string&) const override { return unknown_; }
  std::vector<std::string> names() const override { return {}; }
  PoolConfig pool(const std::string&) const override { return {}; }

 private:
  std::shared_ptr<IResourceProvider> unknown_;
};

// The environment of the build is not that of the program: a variable without a default has a stand-in.
std::optional<std::string> stand_in(const std::string& text, const std::string& variable) {
  const bool needed = text.find(fmt::format("${{{}}}", variable)) != std::string::npos ||
                      text.find(fmt::format("${{{}:?", variable)) != std::string::npos;
  return needed ? std::optional<std::string>("unset") : std::nullopt;
}

// Whether it may be meant as the name of a function, though perhaps none that C++ takes.
bool looks_like_name(std::string_view text) noexcept {
  return !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
         });
}

// Every text that could be the name of a function is taken as one.
FunctionRegistry functions_of(const yaml::Document* document) {
  FunctionRegistry functions;
  if (!document) return functions;
  for (const yaml::Node& node : document->nodes()) {
    if (!node.is(yaml::Node::Kind::scalar) || !looks_like_name(node.text) || functions.find_action(node.text))
      continue;
    functions.action(node.text, [](Context&) {});
    functions.guard(node.text, [](const Context&) { return false; });
  }
  return functions;
}

std::optional<yaml::Document> read_ahead(const Source& source, const LoadOptions& options) {
  Diagnostics ignored(source);
  try {
    return yaml::read(source, {options.max_depth, options.max_alias_nodes}, ignored);
  } catch (const TooManyErrors&) {
    return std::nullopt;
  }
}

std::string generate(const Source& source, const GenerateOptions& options) {
  Diagnostics diagnostics(source);
  const std::optional<yaml::Document> ahead = read_ahead(source, options.load);
  const yaml::Document* const document = ahead ? &*ahead : nullptr;
  try {
    if (document && document->root) refuse_environment(*document, diagnostics);
  } catch (const TooManyErrors&) {
  }
  if (diagnostics.failed()) throw LoadError(diagnostics.take());
  LoadOptions load = options.load;
  load.environment = [&](const std::string& variable) { return stand_in(source.text(), variable); };
  const Loaded loaded =
      load_document(source, AnyResource(document), functions_of(document), load, diagnostics);
  if (loaded.definition) {
    try {
      refuse_what_cannot_be_generated(*loaded.definition, diagnostics);
    } catch (const TooManyErrors&) {
    }
  }
  if (diagnostics.failed()) throw LoadError(diagnostics.take());
  const std::string name_space =
      options.name_space.empty() ? Names().add(loaded.definition->name) : options.name_space;
  const std::string file = std::filesystem::path(source.name()).filename().string();
  return write_header(*loaded.definition, flatten(loaded.definition->networks[loaded.definition->main]),
                      name_space, file);
}

}  // namespace

std::string generate_machine(const std::filesystem::path& path, const GenerateOptions& options) {
  return generate(Source(path.string(), read_machine_file(path, options.load.max_bytes)), options);
}

std::string generate_machine_text(std::string_view text, const GenerateOptions& options,
                                  std::string_view file_name) {
  return generate(Source(std::string(file_name), std::string(text)), options);
}

}  // namespace leasehold::fsm
