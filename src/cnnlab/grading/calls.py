"""The system calls that exist in the sandbox, as a program for the kernel's filter (seccomp).

A list of what is allowed: keyrings, namespaces, mounts, tracing, sockets to elsewhere and whatever a later
kernel invents do not exist there. `pyseccomp` could write the program, but it needs libseccomp, which neither
bubblewrap nor pip installs, and it knows no call that is newer than that library.
"""

from __future__ import annotations

import errno
import struct

MACHINES = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}  # as the kernel calls them

# Its number on x86-64 and on aarch64, which has only the younger of two calls that do the same.
CALLS: dict[str, tuple[int | None, int | None]] = {
    # files
    "read": (0, 63), "write": (1, 64), "open": (2, None), "close": (3, 57), "lseek": (8, 62),
    "pread64": (17, 67), "pwrite64": (18, 68), "readv": (19, 65), "writev": (20, 66), "preadv": (295, 69),
    "pwritev": (296, 70), "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24), "fcntl": (72, 25),
    "flock": (73, 32), "fsync": (74, 82), "fdatasync": (75, 83), "truncate": (76, 45), "ftruncate": (77, 46),
    "fallocate": (285, 47), "fadvise64": (221, 223), "creat": (85, None), "openat": (257, 56),
    "close_range": (436, 436), "sendfile": (40, 71), "copy_file_range": (326, 285), "umask": (95, 166),
    # what is known of them, and their folders
    "stat": (4, None), "fstat": (5, 80), "lstat": (6, None), "newfstatat": (262, 79), "statx": (332, 291),
    "statfs": (137, 43), "fstatfs": (138, 44), "access": (21, None), "faccessat": (269, 48),
    "faccessat2": (439, 439), "readlink": (89, None), "readlinkat": (267, 78), "getdents": (78, None),
    "getdents64": (217, 61), "getcwd": (79, 17), "chdir": (80, 49), "fchdir": (81, 50),
    "getxattr": (191, 8), "lgetxattr": (192, 9), "fgetxattr": (193, 10), "listxattr": (194, 11),
    "llistxattr": (195, 12), "flistxattr": (196, 13),
    "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "mkdir": (83, None),
    "mkdirat": (258, 34), "rmdir": (84, None), "unlink": (87, None), "unlinkat": (263, 35),
    "link": (86, None), "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "utime": (132, None),
    "utimes": (235, None), "utimensat": (280, 88),
    # memory
    "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214), "mremap": (25, 216),
    "msync": (26, 227), "mincore": (27, 232), "madvise": (28, 233), "membarrier": (324, 283),
    # processes and threads
    "clone": (56, 220), "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "exit": (60, 93),
    "exit_group": (231, 94), "wait4": (61, 260), "waitid": (247, 95), "pidfd_open": (434, 434),
    "getpid": (39, 172), "gettid": (186, 178), "getppid": (110, 173), "setpgid": (109, 154),
    "getpgid": (121, 155), "getpgrp": (111, None), "setsid": (112, 157), "getsid": (124, 156),
    "futex": (202, 98), "set_robust_list": (273, 99), "get_robust_list": (274, 100), "rseq": (334, 293),
    "set_tid_address": (218, 96), "arch_prctl": (158, None), "prctl": (157, 167), "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123), "getcpu": (309, 168), "getpriority": (140, 141),
    # signals
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "rt_sigpending": (127, 136),
    "rt_sigtimedwait": (128, 137), "rt_sigsuspend": (130, 133), "sigaltstack": (131, 132),
    "restart_syscall": (219, 128), "pause": (34, None),
    # time and chance
    "nanosleep": (35, 101), "clock_nanosleep": (230, 115), "clock_gettime": (228, 113),
    "clock_getres": (229, 114), "gettimeofday": (96, 169), "time": (201, None), "times": (100, 153),
    "alarm": (37, None), "getitimer": (36, 102), "setitimer": (38, 103), "getrandom": (318, 278),
    # waiting, pipes, pairs of sockets
    "poll": (7, None), "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72),
    "epoll_create": (213, None), "epoll_create1": (291, 20), "epoll_ctl": (233, 21),
    "epoll_wait": (232, None), "epoll_pwait": (281, 22), "eventfd2": (290, 19), "pipe": (22, None),
    "pipe2": (293, 59), "socketpair": (53, 199), "sendto": (44, 206), "recvfrom": (45, 207),
    "shutdown": (48, 210), "getsockname": (51, 204), "getpeername": (52, 205), "getsockopt": (55, 209),
    "ioctl": (16, 29),
    # who and where one is, and one's limits; those that change the user serve `setpriv`, and then nobody
    "uname": (63, 160), "sysinfo": (99, 179), "getrusage": (98, 165), "getrlimit": (97, 163),
    "setrlimit": (160, 164), "prlimit64": (302, 261), "getuid": (102, 174), "geteuid": (107, 175),
    "getgid": (104, 176), "getegid": (108, 177), "getresuid": (118, 148), "getresgid": (120, 150),
    "getgroups": (115, 158), "setresuid": (117, 147), "setresgid": (119, 149), "setgroups": (116, 159),
    "capget": (125, 90), "capset": (126, 91),
}  # fmt: skip

NAMESPACES = 0x7E02_0000  # flags of clone; clone3 hides its own in memory, and the C library can do without
AF_UNIX = 1
TERMINAL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # is it one, its size; FIONREAD … FIOCLEX

LOAD, EQUAL, MORE, ANY, ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06  # instructions of the filter
ALLOW = (ANSWER, 0, 0, 0x7FFF_0000)
REFUSE = (ANSWER, 0, 0, 0x0005_0000 | errno.ENOSYS)  # and the caller goes on: libraries try what there is
NUMBER, MACHINE, FIRST, SECOND = 0, 4, 16, 24  # where the call, the machine and arguments (low halves) stand

Line = tuple[int, int, int, int]  # instruction, lines to skip where it holds, where it does not, operand


# Calls that are allowed with some first or second arguments only: what is asked of them.
ASKED: dict[str, list[Line]] = {
    "kill": [(LOAD, 0, 0, FIRST), (MORE, 2, 0, 0x8000_0000), (EQUAL, 1, 0, 0), ALLOW, REFUSE],
    "clone": [(LOAD, 0, 0, FIRST), (ANY, 0, 1, NAMESPACES), REFUSE, ALLOW],
    "socketpair": [(LOAD, 0, 0, FIRST), (EQUAL, 0, 1, AF_UNIX), ALLOW, REFUSE],
    "ioctl": [
        (LOAD, 0, 0, SECOND),
        *((EQUAL, len(TERMINAL) - at, 0, request) for at, request in enumerate(TERMINAL)),
        REFUSE, ALLOW,
    ],
}  # fmt: skip


def program(machine: str) -> bytes:
    """The filter for a machine; OSError for one whose calls are not in the table."""
    if machine not in MACHINES:
        raise OSError(f"the sandbox knows the system calls of {' and '.join(MACHINES)}, not of {machine}")
    lines: list[Line] = [(LOAD, 0, 0, MACHINE), (EQUAL, 1, 0, MACHINES[machine]), REFUSE]
    lines += [(LOAD, 0, 0, NUMBER)]
    for name, numbers in CALLS.items():
        number = numbers[list(MACHINES).index(machine)]
        if number is not None:
            then = ASKED.get(name, [ALLOW])
            lines += [(EQUAL, 0, len(then), number), *then]
    return b"".join(struct.pack("HBBI", *line) for line in [*lines, REFUSE])
