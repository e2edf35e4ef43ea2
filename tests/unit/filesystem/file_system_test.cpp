#include "scratch.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace leasehold;
namespace fs = std::filesystem;

TEST_CASE("what is written is read back, bytes for bytes") {
  Scratch scratch;
  FileSystem files(scratch.options());
  files.write_text("a.txt", "gr\xC3\xBC\xC3\x9F\n");
  CHECK(files.read_text("a.txt") == "gr\xC3\xBC\xC3\x9F\n");
  std::string bytes(3 << 20, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  files.write_bytes("deep/er/b.bin", bytes);
  CHECK(files.read_bytes("deep/er/b.bin") == bytes);
  files.write_bytes("empty", "");
  CHECK(files.read_bytes("empty").empty());
  files.append("log", "one\n");
  files.append("log", "two\n");
  CHECK(files.read_text("log") == "one\ntwo\n");
  CHECK(scratch.everything() ==
        std::vector<std::string>{"a.txt", "deep", "deep/er", "deep/er/b.bin", "empty", "log"});
}

TEST_CASE("every way out of the base directory is refused") {
  Scratch scratch;
  fs::create_directory(scratch.base / "sub");
  fs::create_symlink("../secret", scratch.base / "link_up");
  fs::create_symlink(scratch.root / "secret", scratch.base / "link_absolute");
  fs::create_symlink("..", scratch.base / "dir_up");
  fs::create_symlink("../not_there", scratch.base / "dangling_up");
  fs::create_symlink("link_up", scratch.base / "link_to_link");
  FileSystem files(scratch.options());
  for (const std::string path : {"../secret", "sub/../../secret", "/etc/passwd", "link_up", "link_absolute",
                                 "dir_up/secret", "link_to_link", "..", "../", "/", "dangling_up"}) {
    CAPTURE(path);
    CHECK(refusal_code([&] { files.read_text(path); }) == "path.escape");
    CHECK(refusal_code([&] { files.write_text(path, "x"); }) == "path.escape");
    CHECK(refusal_code([&] { files.append(path, "x"); }) == "path.escape");
    CHECK(refusal_code([&] { files.stat(path); }) == "path.escape");
    CHECK(refusal_code([&] { files.exists(path); }) == "path.escape");
  }
  for (const std::string path : {"../base2", "dir_up/base2", "/tmp/x", "sub/../../x/y"}) {
    CAPTURE(path);
    CHECK(refusal_code([&] { files.make_directories(path); }) == "path.escape");
    CHECK(refusal_code([&] { files.list({.path = path}); }) == "path.escape");
    CHECK(refusal_code([&] { files.remove(path); }) == "path.escape");
  }
  CHECK(refusal([&] { files.read_text("../secret"); }) ==
        "path.escape: cannot read '../secret': the path leads out of the base directory; use a relative path "
        "that "
        "stays below it, symbolic links included");
  CHECK(Scratch::get(scratch.root / "secret") == "outside");
  CHECK_FALSE(fs::exists(scratch.root / "not_there"));
  CHECK_FALSE(fs::exists(scratch.root / "base2"));
}

TEST_CASE("paths and links that stay below are followed") {
  Scratch scratch;
  fs::create_directory(scratch.base / "sub");
  Scratch::put(scratch.base / "sub/f", "inside");
  fs::create_symlink("sub/f", scratch.base / "link");
  fs::create_directory_symlink("sub", scratch.base / "dir");
  fs::create_symlink("loop", scratch.base / "loop");
  FileSystem files(scratch.options());
  CHECK(files.read_text("sub/../sub/./f") == "inside");
  CHECK(files.read_text("link") == "inside");
  CHECK(files.read_text("dir/f") == "inside");
  CHECK(refusal_code([&] { files.read_text("loop"); }) == "file.failed");
  // Writing replaces the link, not what it leads to; removing removes the link.
  files.write_text("link", "new");
  CHECK(Scratch::get(scratch.base / "sub/f") == "inside");
  CHECK(files.remove("dir"));
  CHECK(files.exists("sub/f"));
}

TEST_CASE("bad paths are told from each other") {
  Scratch scratch;
  FileSystem files(scratch.options(), "files");
  files.write_text("file", "x");
  files.make_directories("dir");
  CHECK(refusal([&] { files.read_text(""); }) == "config.value: the path is empty");
  CHECK(refusal([&] { files.read_text(std::string_view("a\0b", 3)); }) ==
        "config.value: the path 'a\\x00b' holds a NUL character");
  CHECK(refusal([&] { files.write_text(std::string_view("a\0b", 3), ""); }) ==
        "config.value: the path 'a\\x00b' holds a NUL character");
  CHECK(refusal([&] { files.read_text("gone"); }) ==
        "path.missing: cannot read 'gone': it does not exist; check the path and the base directory");
  CHECK(refusal([&] { files.read_text("file/below"); }) ==
        "path.missing: cannot read 'file/below': a part of the path is not a directory; check the path and "
        "the base "
        "directory");
  CHECK(refusal([&] { files.read_text("dir"); }) ==
        "file.failed: cannot read 'dir': it is a directory, not a file");
  CHECK(refusal([&] { files.write_text("dir", ""); }) ==
        "file.failed: cannot write 'dir': it is a directory, not a file");
  CHECK(refusal_code([&] { files.write_text("dir/", ""); }) == "file.failed");
  CHECK(refusal_code([&] { files.write_text("new/", ""); }) == "path.missing");
  CHECK(refusal_code([&] { files.append("dir", ""); }) == "file.failed");
  CHECK(refusal_code([&] { files.remove("."); }) == "file.failed");
  const std::string long_name(300, 'n');
  CHECK(refusal_code([&] { files.read_text(long_name); }) == "file.failed");
  CHECK(refusal_code([&] { files.write_text(long_name, ""); }) == "file.failed");
  const std::string huge(1 << 20, 'n');
  CHECK(refusal([&] { files.read_text(huge); }).size() < 400);
  try {
    files.read_text("gone");
  } catch (const Error& error) {
    CHECK(error.resource() == "files");
  }
}

TEST_CASE("what is not a regular file is refused without blocking") {
  Scratch scratch;
  REQUIRE(::mkfifo((scratch.base / "fifo").c_str(), 0600) == 0);
  FileSystem files(scratch.options());
  CHECK(refusal([&] { files.read_text("fifo"); }) ==
        "file.failed: cannot read 'fifo': it is not a regular file; use regular files only");
  CHECK(refusal_code([&] { files.append("fifo", "x"); }) == "file.failed");
  CHECK(refusal_code([&] { files.write_text("fifo", "x"); }) == "file.failed");
  CHECK(files.stat("fifo").kind == FileKind::other);
  CHECK(fs::is_fifo(scratch.base / "fifo"));
  FileSystem devices({.base_path = "/dev"});
  CHECK(refusal_code([&] { devices.read_text("zero"); }) == "file.failed");
  CHECK(refusal_code([&] { devices.append("full", "x"); }) == "file.failed");
}

TEST_CASE("text that is not UTF-8 is refused, bytes are not") {
  Scratch scratch;
  FileSystem files(scratch.options());
  Scratch::put(scratch.base / "latin1", "gr\xFC\xDF");
  CHECK(refusal([&] { files.read_text("latin1"); }) ==
        "file.format: 'latin1' is not UTF-8 text: byte 2 (0xfc) is out of place; convert it to UTF-8 or "
        "handle it as bytes");
  CHECK(files.read_bytes("latin1") == "gr\xFC\xDF");
  CHECK(refusal_code([&] { files.write_text("out", "\xFF"); }) == "file.format");
  CHECK_FALSE(files.exists("out"));
  for (const char* bad :
       {"long ascii prefix \xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "cut \xE2\x82", "\x80"}) {
    Scratch::put(scratch.base / "bad", bad);
    CHECK(refusal_code([&] { files.read_text("bad"); }) == "file.format");
  }
  Scratch::put(scratch.base / "good", "12345678\xF0\x9F\x98\x80\xEF\xBF\xBD 12345678901234567");
  CHECK_NOTHROW(files.read_text("good"));
}

TEST_CASE("whole-file reads are bounded, pieces are not") {
  Scratch scratch;
  FilesystemOptions options = scratch.options();
  options.max_file_size = 10;
  FileSystem files(options);
  Scratch::put(scratch.base / "ten", "0123456789");
  Scratch::put(scratch.base / "eleven", "0123456789x");
  CHECK(files.read_text("ten") == "0123456789");
  CHECK(refusal([&] { files.read_text("eleven"); }) ==
        "file.failed: cannot read 'eleven' as a whole: it is larger than 10 bytes; raise max_file_size or "
        "read it in pieces");
  FileReader reader = files.open("eleven");
  CHECK(reader.size() == 11);
  char piece[4];
  std::string all;
  while (const std::size_t got = reader.read(piece, sizeof piece)) all.append(piece, got);
  CHECK(all == "0123456789x");
  // Files without a size of their own.
  FileSystem proc({.base_path = "/proc/self"});
  CHECK_FALSE(proc.read_bytes("status").empty());
  CHECK(refusal_code([&] { proc.read_bytes("root/etc/passwd"); }) != "");  // a magic link
}

TEST_CASE("a write is whole or not at all") {
  Scratch scratch;
  FileSystem files(scratch.options());
  files.write_text("f", "old");
  {
    FileWriter writer = files.create("f");
    writer.write(std::string(200'000, 'n'));
    CHECK(files.read_text("f") == "old");
    CHECK(scratch.everything().size() == 2);
    CHECK(files.list().size() == 1);  // what is under way is not listed
  }
  CHECK(scratch.everything() == std::vector<std::string>{"f"});
  CHECK(files.read_text("f") == "old");
  FileWriter writer = files.create("f");
  writer.write("new");
  writer.commit();
  CHECK(files.read_text("f") == "new");
  CHECK(refusal_code([&] { writer.write("more"); }) == "file.failed");
  CHECK(refusal_code([&] { writer.commit(); }) == "file.failed");
  CHECK(files.read_text("f") == "new");
}

TEST_CASE("a replaced file keeps its permissions, a new one gets those configured") {
  Scratch scratch;
  FilesystemOptions options = scratch.options();
  options.file_mode = "0600";
  options.directory_mode = "0700";
  FileSystem files(options);
  files.write_text("d/new", "x");
  CHECK(files.stat("d/new").mode == 0600);
  CHECK(files.stat("d").mode == 0700);
  fs::permissions(scratch.base / "d/new", fs::perms(0640));
  files.write_text("d/new", "y");
  CHECK(files.stat("d/new").mode == 0640);
}

TEST_CASE("a full disk gives file_full and leaves everything as it was") {
  Scratch scratch;
  FileSystem files(scratch.options());
  files.write_text("f", "old");
  files.write_text("log", "begun\n");
  // The file size limit stands in for the disk; a child, because limits and signals are the process's.
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    FileSystem own(scratch.options());
    const std::string large(300'000, 'x');
    const bool write = refusal_code([&] { own.write_bytes("f", large); }) == "file.full";
    const bool append = refusal_code([&] { own.append("log", large); }) == "file.full";
    const bool message =
        refusal([&] { own.write_bytes("f", large); }) ==
        "file.full: cannot write 'f': the file would be larger than allowed; raise the file size limit "
        "(ulimit -f)";
    ::_exit(write && append && message ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  CHECK(files.read_text("f") == "old");
  CHECK(files.read_text("log") == "begun\n");
  CHECK(scratch.everything() == std::vector<std::string>{"f", "log"});
}

TEST_CASE("what permissions forbid is file_denied") {
  Scratch scratch;
  Scratch::put(scratch.base / "unreadable", "x");
  Scratch::put(scratch.base / "unwritable", "old");
  fs::create_directory(scratch.base / "closed");
  fs::permissions(scratch.root, fs::perms(0755));
  fs::permissions(scratch.base, fs::perms(0777));
  fs::permissions(scratch.base / "unreadable", fs::perms(0200));
  fs::permissions(scratch.base / "unwritable", fs::perms(0444));
  fs::permissions(scratch.base / "closed", fs::perms(0555));
  // In a child that is nobody, because permissions stop no root.
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t nobody = 65534;
    if (::geteuid() == 0 && ::setresuid(nobody, nobody, nobody) != 0) ::_exit(99);
    FileSystem files(scratch.options());
    int failed = 0;
    failed += refusal([&] { files.read_text("unreadable"); }) !=
              "file.denied: cannot read 'unreadable': permission denied; check owner and permissions";
    // A rename would not ask for the file's own permission.
    failed += refusal_code([&] { files.write_text("unwritable", "new"); }) != "file.denied";
    failed += refusal_code([&] { files.append("unwritable", "new"); }) != "file.denied";
    failed += refusal_code([&] { files.write_text("closed/f", "new"); }) != "file.denied";
    failed += refusal_code([&] { files.make_directories("closed/d"); }) != "file.denied";
    failed += files.read_text("unwritable") != "old";
    ::_exit(failed);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("deadline and stop are looked at, and nothing is left behind") {
  Scratch scratch;
  FileSystem files(scratch.options());
  files.write_text("f", "old");
  const auto clock = std::make_shared<ManualClock>();
  OperationContext context;
  context.clock = clock;
  context.deadline = clock->now() + std::chrono::seconds(1);
  FileReader reader = files.open("f", context);
  FileWriter writer = files.create("f", context);
  writer.write("new");
  clock->advance(std::chrono::seconds(2));
  char byte = 0;
  CHECK(refusal([&] { reader.read(&byte, 1); }) ==
        "file.deadline: the deadline passed while working on 'f'; allow more time");
  CHECK_THROWS_AS(writer.commit(), const TimeoutError&);
  CHECK(refusal_code([&] { files.read_text("f", context); }) == "file.deadline");
  CHECK(refusal_code([&] { files.append("f", "x", context); }) == "file.deadline");
  CHECK(refusal_code([&] { files.list({}, context); }) == "file.deadline");
  std::stop_source stop;
  stop.request_stop();
  OperationContext stopped;
  stopped.stop = stop.get_token();
  CHECK(refusal([&] { files.write_text("f", "new", stopped); }) ==
        "file.cancelled: the work on 'f' was cancelled");
  CHECK(files.read_text("f") == "old");
  CHECK(files.end_lease());
  CHECK(scratch.everything() == std::vector<std::string>{"f"});
}

TEST_CASE("temporary files and writes under way end with the lease") {
  Scratch scratch;
  fs::create_directory(scratch.root / "precious");
  Scratch::put(scratch.root / "precious/kept", "kept");
  FileSystem files(scratch.options());
  const std::string file = files.temp_file(".csv");
  const std::string directory = files.temp_directory();
  CHECK(file.ends_with(".csv"));
  CHECK(file.starts_with(".leasehold-"));
  CHECK(file != files.temp_file(".csv"));
  files.write_text(file, "scratch");
  files.write_text(directory + "/deep/er/file", "x");
  fs::create_directory_symlink(scratch.root / "precious", scratch.base / directory / "link");
  FileWriter writer = files.create("out");
  writer.write("half");
  CHECK(files.list({.recursive = true}).empty());
  CHECK(files.end_lease());
  CHECK(scratch.everything().empty());
  CHECK(Scratch::get(scratch.root / "precious/kept") == "kept");
  CHECK(refusal([&] { writer.commit(); }) ==
        "lease.revoked: cannot write 'out': its lease ended before it was committed; commit while the lease "
        "is held");
  // The next lease starts afresh.
  CHECK(files.read_text(files.temp_file()).empty());
  CHECK(refusal_code([&] { files.temp_file("../x"); }) == "config.value");
  CHECK(refusal_code([&] { files.temp_file("a/b"); }) == "config.value");
  {
    FileSystem other(scratch.options());
    other.temp_file();
  }
  CHECK(files.end_lease());
  CHECK(scratch.everything().empty());
}

TEST_CASE("a forked child leaves the parent's temporary files alone") {
  Scratch scratch;
  FileSystem files(scratch.options());
  const std::string file = files.temp_file();
  FileWriter writer = files.create("out");
  writer.write("whole");
  const pid_t child = ::fork();
  if (child == 0) {
    const bool ended = files.end_lease();
    ::_exit(ended ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  CHECK(files.exists(file));
  writer.commit();
  CHECK(files.read_text("out") == "whole");
}

TEST_CASE("a read-only resource refuses what writes") {
  Scratch scratch;
  Scratch::put(scratch.base / "f", "x");
  FilesystemOptions options = scratch.options();
  options.read_only = true;
  FileSystem files(options);
  CHECK(files.read_text("f") == "x");
  CHECK(refusal([&] { files.write_text("f", "y"); }) ==
        "file.denied: cannot write 'f': the resource is read-only; set read_only to false to allow writing");
  CHECK(refusal_code([&] { files.append("f", "y"); }) == "file.denied");
  CHECK(refusal_code([&] { files.remove("f"); }) == "file.denied");
  CHECK(refusal_code([&] { files.make_directories("d"); }) == "file.denied");
  CHECK(refusal_code([&] { files.temp_file(); }) == "file.denied");
  CHECK(refusal_code([&] { files.temp_directory(); }) == "file.denied");
  CHECK(refusal_code([&] { files.create("n"); }) == "file.denied");
  CHECK(scratch.everything() == std::vector<std::string>{"f"});
}

TEST_CASE("directories above a file are made only if that is wanted") {
  Scratch scratch;
  FilesystemOptions options = scratch.options();
  options.make_directories = false;
  FileSystem files(options);
  CHECK(refusal_code([&] { files.write_text("a/b", ""); }) == "path.missing");
  CHECK(refusal_code([&] { files.append("a/b", ""); }) == "path.missing");
  CHECK(scratch.everything().empty());
  files.make_directories("a//b/./c/");
  files.make_directories("a/b");
  CHECK(scratch.everything() == std::vector<std::string>{"a", "a/b", "a/b/c"});
  files.write_text("a/f", "");
  CHECK(refusal_code([&] { files.make_directories("a/f/c"); }) == "path.missing");
}

TEST_CASE("remove, exists and stat") {
  Scratch scratch;
  FileSystem files(scratch.options());
  files.write_text("d/f", "12345");
  CHECK(files.exists("d/f"));
  CHECK(files.exists("d"));
  CHECK_FALSE(files.exists("d/g"));
  CHECK_FALSE(files.exists("d/f/g"));
  const FileStatus status = files.stat("d/f");
  CHECK(status.kind == FileKind::file);
  CHECK(status.size == 5);
  CHECK(std::chrono::system_clock::now() - status.modified < std::chrono::hours(1));
  CHECK(files.stat("d").kind == FileKind::directory);
  CHECK(refusal_code([&] { files.stat("g"); }) == "path.missing");
  CHECK(refusal([&] { files.remove("d"); }) ==
        "file.failed: cannot remove 'd': the directory is not empty; remove what is in it first");
  CHECK(files.remove("d/f"));
  CHECK_FALSE(files.remove("d/f"));
  CHECK_FALSE(files.remove("no/such"));
  CHECK(files.remove("d/"));
  CHECK(scratch.everything().empty());
}

TEST_CASE("list finds what matches, sorted, without following links") {
  Scratch scratch;
  FileSystem files(scratch.options());
  for (const char* path :
       {"a.json", "b.json", "c.txt", ".hidden.json", "sub/d.json", "sub/deep/e.json", ".git/f.json"})
    files.write_text(path, "");
  fs::create_directory_symlink(".", scratch.base / "sub/circle");
  fs::create_symlink("../a.json", scratch.base / "sub/link.json");
  fs::create_symlink("/etc/passwd", scratch.base / "sub/out.json");
  fs::create_symlink("nowhere", scratch.base / "sub/dangling.json");
  const auto paths = [&files](const ListOptions& options) {
    std::vector<std::string> all;
    for (const FileEntry& entry : files.list(options)) all.push_back(entry.path);
    return all;
  };
  using Paths = std::vector<std::string>;
  CHECK(paths({}) == Paths{"a.json", "b.json", "c.txt"});
  CHECK(paths({.pattern = "*.json"}) == Paths{"a.json", "b.json"});
  CHECK(paths({.pattern = "*.json", .recursive = true}) ==
        Paths{"a.json", "b.json", "sub/d.json", "sub/deep/e.json", "sub/link.json"});
  CHECK(paths({.pattern = "**/*.json"}) == paths({.pattern = "*.json", .recursive = true}));
  CHECK(paths({.pattern = "sub/*.json"}) == Paths{"sub/d.json", "sub/link.json"});
  CHECK(paths({.pattern = "sub/**"}) == Paths{"sub/d.json", "sub/deep/e.json", "sub/link.json"});
  CHECK(paths({.path = "sub", .pattern = "?.json", .recursive = true}) ==
        Paths{"sub/d.json", "sub/deep/e.json"});
  CHECK(paths({.path = "sub/"}) == Paths{"sub/d.json", "sub/link.json"});
  CHECK(paths({.pattern = ".*"}) == Paths{".hidden.json"});
  CHECK(paths({.pattern = ".git/*"}) == Paths{".git/f.json"});
  CHECK(paths({.recursive = true, .files = false, .directories = true}) == Paths{"sub", "sub/deep"});
  CHECK(refusal_code([&] { paths({.path = "gone"}); }) == "path.missing");
  CHECK(refusal_code([&] { paths({.path = "a.json"}); }) == "path.missing");
  CHECK(refusal_code([&] { paths({.pattern = ""}); }) == "config.value");
  CHECK(refusal_code([&] { paths({.pattern = "/a"}); }) == "config.value");
  FilesystemOptions small = scratch.options();
  small.max_entries = 2;
  CHECK(
      refusal([&] { FileSystem(small).list(); }) ==
      "file.failed: cannot list '.': there are more than 2 entries; narrow the pattern or raise max_entries");
  CHECK(FileSystem(small).list({.pattern = "*.json"}).size() == 2);
}

TEST_CASE("a base directory that is gone or replaced is noticed") {
  Scratch scratch;
  FileSystem files(scratch.options());
  CHECK(files.usable());
  fs::rename(scratch.base, scratch.root / "moved");
  CHECK_FALSE(files.usable());
  fs::create_directory(scratch.base);
  CHECK_FALSE(files.usable());
  CHECK(refusal_code([] { FileSystem({.base_path = "/no/such/directory"}); }) == "path.missing");
  CHECK(refusal([&] {
          FileSystem({.base_path = (scratch.root / "secret").string()});
        }).find("is not a directory") != std::string::npos);
}

TEST_CASE("descriptors do not outlive an exec") {
  Scratch scratch;
  FileSystem files(scratch.options());
  files.write_text("f", "x");
  const FileReader reader = files.open("f");
  const FileWriter writer = files.create("g");
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    const fs::path target = fs::read_symlink(entry.path(), ignored);
    if (target.string().find(scratch.root.string()) != 0) continue;
    CAPTURE(target);
    CHECK((::fcntl(std::stoi(entry.path().filename().string()), F_GETFD) & FD_CLOEXEC) != 0);
  }
}
