#include "mutation.hpp"

#include <sstream>

namespace leasehold::fuzz {

std::string Mutation::damage(const std::vector<std::string>& texts) {
  std::string text = one_of(texts);
  for (std::size_t times = 1 + draw(4); times > 0; --times) damage_once(text, texts);
  return text;
}

void Mutation::damage_once(std::string& text, const std::vector<std::string>& others) {
  const std::size_t at = draw(text.size() + 1);
  const std::size_t some = draw(40);
  switch (draw(8)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(draw(256));
      break;
    case 1:
      text.erase(at, some);
      break;
    case 2:
      text.insert(draw(text.size() + 1), text.substr(at, some));
      break;
    case 3:
      text.insert(at, one_of(words_));
      break;
    case 4: {  // a word in the place of a value
      const std::size_t colon = text.find(": ", at);
      if (colon == std::string::npos) break;
      text.replace(colon + 2, text.find_first_of(",}\n", colon + 2) - colon - 2, one_of(words_));
      break;
    }
    case 5: {  // the rest of another
      const std::string& other = one_of(others);
      text.resize(at);
      text += other.substr(draw(other.size() + 1));
      break;
    }
    default:
      damage_lines(text);
  }
}

void Mutation::damage_lines(std::string& text) {
  std::vector<std::string> lines;
  std::istringstream input(text);
  for (std::string line; std::getline(input, line);) lines.push_back(line);
  if (lines.empty()) return;
  const std::size_t one = draw(lines.size()), other = draw(lines.size());
  switch (draw(5)) {
    case 0:
      lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(one));
      break;
    case 1:
      std::swap(lines[one], lines[other]);
      break;
    case 2:
      lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(one), std::string(lines[other]));
      break;
    case 3:
      lines[one].insert(0, std::string(1 + draw(3), ' '));
      break;
    default:
      lines[one].erase(0, draw(3));
  }
  text.clear();
  for (const std::string& line : lines) text += line + "\n";
}

}  // namespace leasehold::fuzz
