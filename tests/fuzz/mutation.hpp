#pragma once

// Damages texts, the same way for the same seed: bytes, words, lines and whole halves of them.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace leasehold::fuzz {

class Mutation {
 public:
  // `words` are put in here and there: what the language in question makes much of.
  Mutation(std::uint64_t seed, std::vector<std::string> words) : random_(seed), words_(std::move(words)) {}

  std::size_t draw(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  const std::string& one_of(const std::vector<std::string>& texts) { return texts[draw(texts.size())]; }

  // One of the texts, damaged in one to four places.
  std::string damage(const std::vector<std::string>& texts);

 private:
  void damage_once(std::string& text, const std::vector<std::string>& others);
  void damage_lines(std::string& text);

  std::mt19937_64 random_;  // whose numbers are the same everywhere
  std::vector<std::string> words_;
};

}  // namespace leasehold::fuzz
