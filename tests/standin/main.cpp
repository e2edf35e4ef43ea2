// leasehold-standin --port 0 --port-file FILE: serves until SIGINT or SIGTERM.
// The port goes to standard output and, once it listens, to FILE (written whole, by a rename).

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <standin/server.hpp>
#include <string>

namespace {

int refuse(const std::string& what) {
  std::cerr << "leasehold-standin: " << what << "\nusage: leasehold-standin [--port N] [--port-file FILE]\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  int port = 0;
  std::string port_file;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--help") {
      std::cout << "usage: leasehold-standin [--port N] [--port-file FILE]\n";
      return 0;
    }
    if (option != "--port" && option != "--port-file") return refuse("unknown option " + option);
    if (++i == argc) return refuse(option + " needs a value");
    if (option == "--port-file") {
      port_file = argv[i];
      continue;
    }
    char* end = nullptr;
    const long number = std::strtol(argv[i], &end, 10);
    if (*argv[i] == '\0' || *end != '\0' || number < 0 || number > 65535)
      return refuse("--port needs 0 to 65535");
    port = static_cast<int>(number);
  }

  // Blocked before any thread exists, so that every thread inherits it and only sigwait takes them.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  try {
    const leasehold::standin::Server server({.port = port, .remember = false});
    std::cout << server.port() << std::endl;
    if (!port_file.empty()) {
      const std::string partial = port_file + ".partial";
      std::ofstream(partial) << server.port() << '\n';
      if (std::rename(partial.c_str(), port_file.c_str()) != 0) return refuse("cannot write " + port_file);
    }
    int signal = 0;
    sigwait(&stop, &signal);
  } catch (const std::exception& error) {
    std::cerr << "leasehold-standin: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
