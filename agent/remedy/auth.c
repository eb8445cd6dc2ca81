/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/remedy/auth.h"

#include "base/caps.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* By kind. A word that ends in a colon has something behind it. */
static const char *const words[] = {
    [AUTH_NONE] = "",
    [AUTH_AGENT] = "agent",
    [AUTH_KEY] = "key:",
    [AUTH_PROMPT] = "prompt",
    [AUTH_COMMAND] = "cmd:",
    [AUTH_FILE] = "file:",
    [AUTH_FD] = "fd:",
    [AUTH_CREDENTIAL] = "cred:",
    [AUTH_ENVIRONMENT] = "env:",
    [AUTH_PASSWORD] = "password",
};

static const char *const known[] = { "agent", "key", "prompt", "cmd", "file", "fd", "cred", "env", NULL };

/* Of a systemd credential, an environment variable: no path, nothing that a shell would look at. */
static bool plain_name(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (!word && c != '-' && c != '.')
            return false;
    }
    return s.n && s.p[0] != '.' && s.n <= CAP_NAME_BYTES;
}

static enum err_code check(enum auth_kind kind, struct slice what, struct err *e)
{
    uint32_t n;
    if (memchr(what.p, 0, what.n) || what.n > CAP_PATH_BYTES)
        return err_set(e, ERR_DATA, "longer than %d bytes, or with a NUL", CAP_PATH_BYTES);
    switch ((int)kind) {
    case AUTH_FD:
        if (!slice_u32(what, 1048576, &n) || n < 3)
            return err_set(e, ERR_DATA, "fd: takes the number of an open descriptor, 3 or more");
        return ERR_OK;
    case AUTH_COMMAND:
    case AUTH_KEY:
    case AUTH_FILE:
        if (what.n == 0 || what.p[0] != '/')
            return err_set(e, ERR_DATA, "%s takes a path that begins with /", words[kind]);
        return ERR_OK;
    case AUTH_CREDENTIAL:
    case AUTH_ENVIRONMENT:
        if (!plain_name(what))
            return err_set(e, ERR_DATA, "%s takes a name", words[kind]);
        return ERR_OK;
    default: return ERR_OK;
    }
}

enum err_code auth_parse(struct slice text, struct auth *out, struct err *e)
{
    char near[NEAREST_TEXT];
    struct slice head, rest;
    *out = (struct auth){ .kind = AUTH_NONE };
    for (enum auth_kind k = AUTH_AGENT; k < AUTH_PASSWORD; k++) {
        struct slice word = slice_of(words[k]);
        bool more = word.p[word.n - 1] == ':';
        if (more ? !slice_starts(text, word) : !slice_eq(text, word))
            continue;
        enum err_code rc = check(k, slice_from(text, word.n), e);
        if (rc != ERR_OK)
            return rc;
        out->kind = k;
        out->what = more ? mem_strndup(text.p + word.n, text.n - word.n) : NULL;
        return ERR_OK;
    }
    /* What it is instead may be a password that stands in the wrong place: it is not shown. */
    head = slice_cut(text, ':', &rest);
    bool shown = rest.n > 0 && nearest(head, known);
    return err_set(e, ERR_DATA,
        "no way to get a credential (agent, prompt, key:PATH, cmd:/PROGRAM ARG..., file:PATH, fd:N, cred:NAME, "
        "env:NAME)%s",
        shown ? nearest_text(head, known, "", near) : "");
}

void auth_print(struct buf *b, const struct auth *a)
{
    buf_puts(b, words[a->kind]);
    if (a->what)
        buf_puts(b, a->what);
}

struct auth auth_copy(const struct auth *a)
{
    return (
        struct auth){ a->kind, a->what ? mem_strdup(a->what) : NULL, a->password ? secret_share(a->password) : NULL };
}

void auth_clear(struct auth *a)
{
    free(a->what);
    secret_free(a->password);
    *a = (struct auth){ .kind = AUTH_NONE };
}

/* ---- before it is used ---- */

static void doubt_file(struct buf *b, const char *path, const char *what)
{
    struct stat st;
    if (stat(path, &st) != 0)
        buf_printf(b, "%s %s: %s", what, path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        buf_printf(b, "%s %s is no regular file", what, path);
    else if (access(path, R_OK) != 0)
        buf_printf(b, "%s %s can't be read: %s", what, path, strerror(errno));
    else if (st.st_mode & 077)
        buf_printf(b, "%s %s can be read by others (mode %04o): chmod 600", what, path, (unsigned)st.st_mode & 07777);
}

static void doubt_program(struct buf *b, const char *line)
{
    struct slice rest, program = slice_cut(slice_of(line), ' ', &rest);
    char *path = mem_strndup(program.p, program.n);
    if (access(path, X_OK) != 0)
        buf_printf(b, "%s can't be run: %s", path, strerror(errno));
    free(path);
}

static void doubt_credential(struct buf *b, const char *name)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    if (!folder) {
        buf_printf(b, "cred:%s needs systemd's LoadCredential= (CREDENTIALS_DIRECTORY is not set)", name);
        return;
    }
    struct buf path = { 0 };
    buf_printf(&path, "%s/%s", folder, name);
    if (access(path.p, R_OK) != 0)
        buf_printf(b, "the credential %s can't be read: %s", path.p, strerror(errno));
    buf_clear(&path);
}

void auth_doubt(struct buf *b, const struct auth *a)
{
    switch (a->kind) {
    case AUTH_KEY: doubt_file(b, a->what, "the key"); break;
    case AUTH_FILE: doubt_file(b, a->what, "the file"); break;
    case AUTH_COMMAND: doubt_program(b, a->what); break;
    case AUTH_CREDENTIAL: doubt_credential(b, a->what); break;
    case AUTH_AGENT:
        if (!getenv("SSH_AUTH_SOCK"))
            buf_puts(b, "no ssh-agent: SSH_AUTH_SOCK is not set");
        break;
    case AUTH_FD:
        if (fcntl(atoi(a->what), F_GETFD) < 0)
            buf_printf(b, "descriptor %s is not open", a->what);
        break;
    case AUTH_ENVIRONMENT:
        if (!getenv(a->what))
            buf_printf(b, "the variable %s is not set", a->what);
        else
            buf_printf(b, "the variable %s can be read by whoever may look into this process", a->what);
        break;
    case AUTH_NONE:
    case AUTH_PROMPT:
    case AUTH_PASSWORD: break;
    }
}
