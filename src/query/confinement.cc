// Resource limits, Landlock and seccomp.
#include "query/confinement.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>

namespace sluice::query {
namespace {

// Sanitizers map terabytes that they never touch.
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool limits_address_space = false;
#else
constexpr bool limits_address_space = true;
#endif

// Beyond the engine's memory: the library, stacks, and what allocators reserve ahead.
constexpr std::uint64_t address_space_reserve_bytes = std::uint64_t{1} << 30;
constexpr std::chrono::seconds processor_time_reserve{10};

// Debian 12's headers know the first two versions of Landlock; these are of the later ones
// ("Landlock: unprivileged access control" in the kernel's documentation).
constexpr std::uint64_t access_fs_truncate = std::uint64_t{1} << 14;
constexpr std::uint64_t access_fs_ioctl_dev = std::uint64_t{1} << 15;
constexpr std::uint64_t access_net_tcp = 0b11;    // bind, connect
constexpr std::uint64_t scope_everything = 0b11;  // abstract Unix sockets, signals

struct RulesetAttributes {
  std::uint64_t handled_access_fs = 0;
  std::uint64_t handled_access_net = 0;
  std::uint64_t scoped = 0;
};

Result<void> limit(int resource, std::uint64_t value, std::string_view name) {
  struct rlimit old{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &old) != 0) {
    return fail_errno(errno, fmt::format("cannot read the limit of {}", name));
  }
  const rlim_t bounded = std::min<rlim_t>(value, old.rlim_max);
  const struct rlimit wanted{bounded, bounded};
  if (::setrlimit(static_cast<__rlimit_resource>(resource), &wanted) != 0) {
    return fail_errno(errno, fmt::format("cannot limit {}", name));
  }
  return {};
}

// What this process has mapped.
Result<std::uint64_t> address_space() {
  char text[64];
  const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  const ssize_t got = file < 0 ? -1 : ::read(file, text, sizeof(text));
  if (file >= 0) {
    ::close(file);
  }
  std::uint64_t pages = 0;
  if (got <= 0 || std::from_chars(text, text + got, pages).ec != std::errc()) {
    return fail(Fault::io, "cannot read how much memory this process has");
  }
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

Result<void> limit_resources(const Confinement& confinement) {
  SLUICE_TRY_DO(limit(RLIMIT_CORE, 0, "core files"));
  if (limits_address_space) {
    SLUICE_TRY_DO(limit(
        RLIMIT_AS, confinement.memory_bytes + address_space_reserve_bytes, "the address space"));
  }
  const auto seconds =
      std::chrono::ceil<std::chrono::seconds>(confinement.time) * confinement.threads +
      processor_time_reserve;
  return limit(RLIMIT_CPU, static_cast<std::uint64_t>(seconds.count()), "processor time");
}

// What this version of Landlock can refuse.
RulesetAttributes everything_of(long version) {
  RulesetAttributes all;
  all.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;  // all of version 1
  if (version >= 2) {
    all.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
  }
  if (version >= 3) {
    all.handled_access_fs |= access_fs_truncate;
  }
  if (version >= 4) {
    all.handled_access_net = access_net_tcp;
  }
  if (version >= 5) {
    all.handled_access_fs |= access_fs_ioctl_dev;
  }
  if (version >= 6) {
    all.scoped = scope_everything;
  }
  return all;
}

Result<void> allow(int ruleset, const std::string& path, std::uint64_t access) {
  const int beneath = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (beneath < 0) {
    return errno == ENOENT || errno == ENOTDIR
               ? Result<void>()
               : fail_errno(errno, fmt::format("cannot give access to {}", path));
  }
  struct stat status{};
  if (::fstat(beneath, &status) == 0 && !S_ISDIR(status.st_mode)) {
    access &= ~static_cast<std::uint64_t>(LANDLOCK_ACCESS_FS_READ_DIR);
  }
  const landlock_path_beneath_attr rule{.allowed_access = access, .parent_fd = beneath};
  const long done = ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  const int why = errno;
  ::close(beneath);
  if (done != 0) {
    return fail_errno(why, fmt::format("cannot give access to {}", path));
  }
  return {};
}

Result<void> fill_and_enforce(int ruleset,
                              const RulesetAttributes& all,
                              const Confinement& confinement) {
  for (const std::string& path : confinement.readable) {
    SLUICE_TRY_DO(allow(ruleset, path, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR));
  }
  if (!confinement.writable.empty()) {
    const std::uint64_t writing =
        LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | access_fs_truncate;
    SLUICE_TRY_DO(allow(ruleset, confinement.writable, writing & all.handled_access_fs));
  }
  if (::syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
    return fail_errno(errno, "cannot give up access to files");
  }
  return {};
}

Result<FileRule> guard_files(const Confinement& confinement) {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) {
    return FileRule::not_offered;
  }
  const RulesetAttributes all = everything_of(version);
  // Older kernels accept the longer structure as long as what they do not know is zero.
  const auto ruleset =
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0));
  if (ruleset < 0) {
    return fail_errno(errno, "cannot make a rule for files");
  }
  const Result<void> done = fill_and_enforce(ruleset, all, confinement);
  ::close(ruleset);
  if (!done) {
    return std::unexpected(done.error());
  }
  return FileRule::enforced;
}

// Refused with EPERM whatever the arguments.
constexpr std::array refused_calls = {
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_socket,
    SYS_process_vm_writev,
    SYS_socketpair,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept4,
    SYS_kill,
    SYS_pidfd_open,
    SYS_pidfd_getfd,
    SYS_mount,
    SYS_umount2,
    SYS_setns,
    SYS_unshare,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_open_by_handle_at,
    SYS_prlimit64,
    SYS_memfd_create,
#ifdef SYS_fork
    SYS_fork,
    SYS_vfork,
#endif
};

#if defined(__x86_64__)
constexpr std::uint32_t this_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t this_architecture = AUDIT_ARCH_AARCH64;
#else
#error "query/confinement.cc knows the system calls of x86-64 and arm64 only"
#endif

sock_filter statement(std::uint16_t code, std::uint32_t value) {
  return {.code = code, .jt = 0, .jf = 0, .k = value};
}

// Runs the next statement when the value loaded is `value`, else the one after.
sock_filter if_equal(std::uint32_t value) {
  return {.code = BPF_JMP | BPF_JEQ | BPF_K, .jt = 0, .jf = 1, .k = value};
}

constexpr std::uint16_t load = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t answer = BPF_RET | BPF_K;

constexpr std::uint32_t refusal(std::uint32_t error_number) {
  return SECCOMP_RET_ERRNO | error_number;
}

// How every filter begins: system calls of this machine only, and their number loaded.
std::vector<sock_filter> filter_start() {
  std::vector<sock_filter> program = {
      statement(load, offsetof(seccomp_data, arch)),
      {.code = BPF_JMP | BPF_JEQ | BPF_K, .jt = 1, .jf = 0, .k = this_architecture},
      statement(answer, SECCOMP_RET_KILL_PROCESS),
      statement(load, offsetof(seccomp_data, nr)),
  };
#if defined(__x86_64__)
  // The x32 names of the same calls.
  constexpr std::uint32_t x32_bit = 0x40000000;
  program.push_back({.code = BPF_JMP | BPF_JGE | BPF_K, .jt = 0, .jf = 1, .k = x32_bit});
  program.push_back(statement(answer, SECCOMP_RET_KILL_PROCESS));
#endif
  return program;
}

std::vector<sock_filter> call_filter() {
  std::vector<sock_filter> program = filter_start();
  for (const long call : refused_calls) {
    program.push_back(if_equal(static_cast<std::uint32_t>(call)));
    program.push_back(statement(answer, refusal(EPERM)));
  }
  // Its flags lie in memory, where a filter cannot look; the C library then uses clone().
  program.push_back(if_equal(SYS_clone3));
  program.push_back(statement(answer, refusal(ENOSYS)));
  // clone() makes threads or processes: a thread has the flag.
  program.push_back({.code = BPF_JMP | BPF_JEQ | BPF_K, .jt = 0, .jf = 3, .k = SYS_clone});
  program.push_back(statement(load, offsetof(seccomp_data, args)));
  program.push_back({.code = BPF_JMP | BPF_JSET | BPF_K, .jt = 1, .jf = 0, .k = CLONE_THREAD});
  program.push_back(statement(answer, refusal(EPERM)));
  program.push_back(statement(answer, SECCOMP_RET_ALLOW));
  return program;
}

// Calls that a process needs to live and to end, whatever their arguments.
constexpr std::array harmless_calls = {
    SYS_munmap,
    SYS_mremap,
    SYS_brk,
    SYS_madvise,
    SYS_futex,
    SYS_sched_yield,
    SYS_clock_gettime,
    SYS_gettimeofday,
    SYS_getrandom,
    SYS_setitimer,
    SYS_rt_sigreturn,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_sigaltstack,
    SYS_getpid,
    SYS_gettid,
    SYS_exit,
    SYS_exit_group,
};

constexpr std::array socket_calls = {SYS_read, SYS_write, SYS_recvfrom, SYS_sendto};

constexpr std::array protection_calls = {SYS_mmap, SYS_mprotect};

// The low half of an argument, which is where descriptors and flags are.
constexpr std::uint32_t argument(std::uint32_t index) {
  return offsetof(seccomp_data, args) + index * sizeof(std::uint64_t);
}

std::vector<sock_filter> socket_filter(int socket) {
  std::vector<sock_filter> program = filter_start();
  for (const long call : harmless_calls) {
    program.push_back(if_equal(static_cast<std::uint32_t>(call)));
    program.push_back(statement(answer, SECCOMP_RET_ALLOW));
  }
  // Those that follow look at an argument, after which the number of the call is gone: whatever
  // they find is the answer.
  for (const long call : socket_calls) {
    program.push_back({.code = BPF_JMP | BPF_JEQ | BPF_K,
                       .jt = 0,
                       .jf = 4,
                       .k = static_cast<std::uint32_t>(call)});
    program.push_back(statement(load, argument(0)));
    program.push_back(if_equal(static_cast<std::uint32_t>(socket)));
    program.push_back(statement(answer, SECCOMP_RET_ALLOW));
    program.push_back(statement(answer, refusal(EPERM)));
  }
  for (const long call : protection_calls) {
    program.push_back({.code = BPF_JMP | BPF_JEQ | BPF_K,
                       .jt = 0,
                       .jf = 4,
                       .k = static_cast<std::uint32_t>(call)});
    program.push_back(statement(load, argument(2)));
    program.push_back({.code = BPF_JMP | BPF_JSET | BPF_K, .jt = 1, .jf = 0, .k = PROT_EXEC});
    program.push_back(statement(answer, SECCOMP_RET_ALLOW));
    program.push_back(statement(answer, refusal(EPERM)));
  }
  program.push_back(statement(answer, refusal(EPERM)));
  return program;
}

Result<void> guard_calls(std::vector<sock_filter> program) {
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size()),
                          .filter = program.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    return fail_errno(errno, "cannot give up system calls");
  }
  return {};
}

}  // namespace

Result<FileRule> confine_process(const Confinement& confinement) {
  SLUICE_TRY_DO(limit_resources(confinement));
  // Without it neither of the other two is open to an ordinary user.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return fail_errno(errno, "cannot give up privileges");
  }
  SLUICE_TRY(files, guard_files(confinement));
  SLUICE_TRY_DO(guard_calls(call_filter()));
  return files;
}

Result<void> confine_to_socket(const SocketConfinement& confinement) {
  SLUICE_TRY_DO(limit(RLIMIT_CORE, 0, "core files"));
  if (limits_address_space) {
    SLUICE_TRY(now, address_space());
    SLUICE_TRY_DO(limit(RLIMIT_AS, now + confinement.memory_bytes, "the address space"));
  }
  SLUICE_TRY_DO(limit(RLIMIT_CPU,
                      static_cast<std::uint64_t>(confinement.processor_time.count()),
                      "processor time"));
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return fail_errno(errno, "cannot give up privileges");
  }
  return guard_calls(socket_filter(confinement.socket));
}

bool confines_memory() {
  return limits_address_space;
}

}  // namespace sluice::query
