#pragma once

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

// A reader of the text exposition format as its specification has it: HELP and TYPE before the samples of a
// family, samples of a family together, label values with \\, \" and \n escaped.
struct Exposition {
  std::map<std::string, std::string> types;
  std::map<std::string, double> samples;  // by the whole of name and labels
  std::string problem;

  explicit Exposition(const std::string& text) {
    const std::regex comment(R"(# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*))");
    const std::regex sample(
        R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)((?:\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*")*\})?) ([^ ]+))re");
    std::istringstream lines(text);
    std::string line, family;
    std::set<std::string> closed;
    while (std::getline(lines, line)) {
      std::smatch match;
      if (std::regex_match(line, match, comment)) {
        if (match[2] != family && !family.empty()) closed.insert(family);
        family = match[2];
        if (closed.count(family)) problem = "family in two places: " + line;
        if (match[1] == "TYPE") types[family] = match[3];
        continue;
      }
      if (!std::regex_match(line, match, sample)) {
        problem = "not a sample: " + line;
        continue;
      }
      std::string base = match[1];
      if (types[family] == "summary")
        for (const std::string suffix : {"_sum", "_count"})
          if (base == family + suffix) base = family;
      if (base != family) problem = "sample outside its family: " + line;
      if (!samples.emplace(match[1].str() + match[2].str(), std::stod(match[3])).second)
        problem = "twice: " + line;
    }
    if (!text.empty() && text.back() != '\n') problem = "no line feed at the end";
  }
};
