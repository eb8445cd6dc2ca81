/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files: Landlock (Documentation/userspace-api/landlock.rst of the kernel), by its system calls. Only changes are
 * handled, so that reading stays as it was. The kernel's own header is not used: it may be older than the kernel.
 */
#include "agent/commands/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same numbers on all architectures. */
#define CALL_CREATE_RULESET 444
#define CALL_ADD_RULE 445
#define CALL_RESTRICT_SELF 446
#define CREATE_RULESET_VERSION 1
#define RULE_PATH_BENEATH 1

enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_CHAR = 1 << 6,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_MAKE_SOCK = 1 << 9,
    FS_MAKE_FIFO = 1 << 10,
    FS_MAKE_BLOCK = 1 << 11,
    FS_MAKE_SYM = 1 << 12,
    FS_REFER = 1 << 13,    /* ABI 2 */
    FS_TRUNCATE = 1 << 14, /* ABI 3 */
    NET_BIND_TCP = 1 << 0, /* ABI 4 */
    NET_CONNECT_TCP = 1 << 1,
    SCOPE_ABSTRACT_SOCKET = 1 << 0, /* ABI 6 */
    SCOPE_SIGNAL = 1 << 1,
};

#define FS_CHANGES                                                                                                     \
    (FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_CHAR | FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_SOCK |        \
        FS_MAKE_FIFO | FS_MAKE_BLOCK | FS_MAKE_SYM)
#define FILE_CHANGES (FS_WRITE_FILE | FS_TRUNCATE)
#define FOLDER_CHANGES (FILE_CHANGES | FS_REMOVE_FILE | FS_MAKE_REG)

/* An older kernel takes the longer structure as long as what it doesn't know is zero. */
struct ruleset {
    uint64_t fs, net, scoped;
};

struct beneath {
    uint64_t allowed;
    int32_t folder;
} __attribute__((packed));

static struct ruleset handled(const struct confine_allow *allow, int abi)
{
    struct ruleset r = { .fs = FS_CHANGES };
    if (!allow->programs)
        r.fs |= FS_EXECUTE;
    if (abi >= 2)
        r.fs |= FS_REFER;
    if (abi >= 3)
        r.fs |= FS_TRUNCATE;
    if (abi >= 4 && !allow->network)
        r.net = NET_BIND_TCP | NET_CONNECT_TCP;
    if (abi >= 6 && !allow->network)
        r.scoped = SCOPE_ABSTRACT_SOCKET;
    if (abi >= 6 && !allow->programs)
        r.scoped |= SCOPE_SIGNAL;
    return r;
}

/* Pipes and the like lie on no file system: the kernel refuses a rule for them (EBADFD) and needs none. */
static int add(int rules, const struct ruleset *r, const char *path)
{
    struct stat st;
    struct beneath rule = { .folder = open(path, O_PATH | O_CLOEXEC) };
    int os = 0;
    if (rule.folder < 0)
        return errno;
    bool folder = fstat(rule.folder, &st) == 0 && S_ISDIR(st.st_mode);
    rule.allowed = (folder ? FOLDER_CHANGES : FILE_CHANGES) & r->fs;
    if (syscall(CALL_ADD_RULE, rules, RULE_PATH_BENEATH, &rule, 0) != 0 && errno != EBADFD)
        os = errno;
    close(rule.folder);
    return os;
}

int confine_files(const struct confine_allow *allow, int *abi)
{
    long version = syscall(CALL_CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);
    *abi = 0;
    if (version <= 0)
        return errno;
    struct ruleset r = handled(allow, (int)version);
    int os = 0, rules = (int)syscall(CALL_CREATE_RULESET, &r, sizeof r, 0);
    if (rules < 0)
        return errno;
    /* without a rule for each of them the report could not be written: then rather no wall */
    for (size_t i = 0; i < allow->write_count && os == 0; i++)
        os = add(rules, &r, allow->write[i]);
    if (os == 0 && syscall(CALL_RESTRICT_SELF, rules, 0) != 0)
        os = errno;
    close(rules);
    if (os == 0)
        *abi = (int)version;
    return os;
}
