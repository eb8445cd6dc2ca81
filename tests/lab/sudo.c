/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the laboratory's appliances have as `sudo`, set-user-id: it asks for the caller's password, doesn't ask, or
 * refuses, as /etc/lab/sudo says, and then runs a command as root. That file has two lines: ask, free or refuse; and
 * the prompt.
 */
#include <crypt.h>
#include <errno.h>
#include <pwd.h>
#include <shadow.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define TRIES 3

static char mode[64] = "ask", prompt[128] = "Password: ";

static void chomp(char *line)
{
    line[strcspn(line, "\n")] = '\0';
}

static void read_settings(void)
{
    FILE *f = fopen("/etc/lab/sudo", "re");
    if (!f)
        return;
    if (fgets(mode, sizeof mode, f) && fgets(prompt, sizeof prompt, f))
        chomp(prompt);
    chomp(mode);
    fclose(f);
}

/* A line from the terminal, not echoed; false at its end. */
static bool ask(FILE *tty, char *line, int n)
{
    struct termios old, quiet;
    if (tcgetattr(fileno(tty), &old))
        return false;
    quiet = old;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(fileno(tty), TCSAFLUSH, &quiet); /* before the prompt: what answers it may come at once */
    fputs(prompt, tty);
    fflush(tty);
    bool got = fgets(line, n, tty);
    tcsetattr(fileno(tty), TCSANOW, &old);
    fputs("\n", tty);
    chomp(line);
    return got;
}

static bool is_password(const char *user, const char *word)
{
    const struct spwd *s = getspnam(user);
    const char *made = s ? crypt(word, s->sp_pwdp) : NULL;
    return made && strcmp(made, s->sp_pwdp) == 0;
}

static bool authenticated(const char *user)
{
    char line[256];
    FILE *tty = fopen("/dev/tty", "r+e");
    if (!tty) {
        fputs("sudo: no tty present and no askpass program specified\n", stderr);
        return false;
    }
    setvbuf(tty, NULL, _IONBF, 0);
    int tries = 0;
    while (tries < TRIES && ask(tty, line, sizeof line)) {
        tries++;
        bool right = is_password(user, line);
        explicit_bzero(line, sizeof line);
        if (right) {
            fclose(tty);
            return true;
        }
        if (tries < TRIES)
            fputs("Sorry, try again.\n", tty);
    }
    fprintf(tty, "sudo: %d incorrect password attempt%s\n", tries, tries == 1 ? "" : "s");
    fclose(tty);
    return false;
}

int main(int argc, char **argv)
{
    const struct passwd *who = getpwuid(getuid());
    char user[64];
    if (argc < 2 || !who) {
        fputs("usage: sudo COMMAND\n", stderr);
        return 1;
    }
    snprintf(user, sizeof user, "%s", who->pw_name);
    read_settings();
    if (strcmp(mode, "refuse") == 0) {
        fprintf(stderr, "%s is not in the sudoers file.  This incident will be reported.\n", user);
        return 1;
    }
    if (getuid() != 0 && strcmp(mode, "free") != 0 && !authenticated(user))
        return 1;
    if (setgid(0) || setuid(0)) {
        fprintf(stderr, "sudo: %s\n", strerror(errno));
        return 1;
    }
    setenv("HOME", "/root", 1);
    setenv("USER", "root", 1);
    setenv("LOGNAME", "root", 1);
    execvp(argv[1], argv + 1);
    fprintf(stderr, "sudo: %s: command not found\n", argv[1]);
    return 1;
}
