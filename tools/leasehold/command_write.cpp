#include "command_options.hpp"

#include <map>

namespace leasehold::tool {

namespace {

constexpr std::string_view graph_examples =
    "Solid lines are arcs; dashed ones push another network; dotted red ones are where faults go.\n"
    "\n"
    "Examples:\n"
    "  leasehold graph orders.yaml --format svg -o orders.svg\n"
    "  leasehold graph orders.yaml --format mermaid --function price_order,is_large\n\n";

constexpr std::string_view generate_examples =
    "Functions are members of a class of the program; one that it lacks does not compile. What YAML can say\n"
    "and a header cannot (delays, regions, retries, ...) is refused at its place.\n"
    "\n"
    "Examples:\n"
    "  leasehold generate orders.yaml -o orders.hpp\n"
    "  leasehold generate orders.yaml --namespace shop::orders -o orders.hpp\n\n";

}  // namespace

CLI::App& add_graph(CLI::App& app, GraphCommand& command) {
  static const std::map<std::string, GraphFormat> words = {
      {"dot", GraphFormat::dot}, {"mermaid", GraphFormat::mermaid}, {"svg", GraphFormat::svg}};
  CLI::App& verb = *app.add_subcommand("graph", "Draw a machine, with the resources on its states");
  add_machine(verb, command.machine);
  verb.add_option_function<std::string>(
          "--format", [&](const std::string& word) { command.format = words.at(word); },
          "dot for Graphviz (the default), mermaid for Markdown pages, or svg (needs Graphviz)")
      ->check(CLI::IsMember({"dot", "mermaid", "svg"}).description(""))
      ->type_name("dot|mermaid|svg");
  verb.add_option("-o,--output", command.output, "write the picture here instead of to standard output")
      ->type_name("FILE");
  add_functions(verb, command.functions);
  verb.footer(std::string(graph_examples) + std::string(exit_statuses));
  return verb;
}

CLI::App& add_generate(CLI::App& app, GenerateCommand& command) {
  CLI::App& verb = *app.add_subcommand("generate", "Write a machine as a Boost.MSM machine in C++");
  add_machine(verb, command.machine);
  verb.add_option("-o,--output", command.output, "write the header here instead of to standard output")
      ->type_name("FILE");
  verb.add_option("--namespace", command.name_space, "of what is generated (the machine's name)")
      ->type_name("NAME");
  verb.footer(std::string(generate_examples) + std::string(exit_statuses));
  return verb;
}

CLI::App& add_schema(CLI::App& app, SchemaCommand& command) {
  CLI::App& verb = *app.add_subcommand("schema", "Print the JSON Schema of machines, for editors");
  verb.add_option(
          "--type", command.types,
          "take NAME as a type of resource that a program registers, with any keys (repeat, or a,b,c)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME");
  verb.add_option("-o,--output", command.output, "write it here instead of to standard output")
      ->type_name("FILE");
  verb.footer(
      "An editor with a YAML language server checks and completes a machine whose first line is\n"
      "  # yaml-language-server: $schema=machine.schema.json\n\n" +
      std::string(exit_statuses));
  return verb;
}

}  // namespace leasehold::tool
