# SPDX-License-Identifier: BSD-2-Clause
"""The login shell of an appliance: CLISH, from which `expert` leads to bash.

What it shows and how it stumbles is set in /etc/lab/clish.json, which is read at each login. It runs in the appliance, with nothing but
the standard library."""

import json
import os
import select
import sys
import termios
import time

HELP = {
    ("show", "version"): "Show version and UUID", ("show", "managers"): "Show the managers of this device",
    ("sftunnel-status",): "Show the tunnels", ("sftunnel-status-brief",): "Show the tunnels, briefly",
    ("expert",): "Invoke a shell", ("exit",): "Leave", ("logout",): "Leave",
}
NOTICE = """**************************************************************
NOTICE - Shell access will be deprecated in future releases
        and will be replaced with a separate expert mode CLI.
**************************************************************
"""
BELL = "\a"


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


class Terminal:
    """Keys come one by one and are not echoed; what runs below gets the terminal back as it was."""

    def __init__(self):
        self.usual = termios.tcgetattr(0)
        self.ours = termios.tcgetattr(0)
        self.ours[0] &= ~(termios.ICRNL | termios.INLCR)
        self.ours[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN)

    def __enter__(self):
        termios.tcsetattr(0, termios.TCSANOW, self.ours)
        return self

    def __exit__(self, *_):
        termios.tcsetattr(0, termios.TCSANOW, self.usual)

    def lend(self, argv, env):
        termios.tcsetattr(0, termios.TCSADRAIN, self.usual)
        try:
            os.spawnve(os.P_WAIT, argv[0], argv, env)
        finally:
            termios.tcsetattr(0, termios.TCSADRAIN, self.ours)

    @staticmethod
    def key():
        c = os.read(0, 1)
        if not c:
            raise EOFError
        return c.decode("latin-1")

    def line(self, prompt, echo):
        """A line as a program without an editor would ask for it."""
        say(prompt)
        got = ""
        while (c := self.key()) not in "\r\n":
            got += c
            say(c if echo else "")
        say("\n")
        return got


class Clish:
    def __init__(self, settings, terminal):
        self.settings, self.terminal, self.typed = settings, terminal, ""

    def words_after(self, before):
        """What may follow these words."""
        n = len(before)
        return sorted({c[n] for c in HELP if len(c) > n and list(c[:n]) == before})

    def complete(self):
        """The last word, if there is only one that it can become; else nothing."""
        *before, last = self.typed.split(" ")
        fit = [w for w in self.words_after(before) if w.startswith(last)]
        if last in fit:
            return ""
        return fit[0][len(last):] if len(fit) == 1 and last else None

    def insert(self, text):
        self.typed += text
        say(text)

    def on_key(self, c):
        """A whole command, or None."""
        if c in "\r\n":
            return self.on_enter()
        if c in "\x7f\b":
            if self.typed:
                self.typed = self.typed[:-1]
                say("\b \b")
        elif c in "\x15\x0b\x03":  # Ctrl-U, Ctrl-K (behind Ctrl-A, which drivers send before it), Ctrl-C
            say("\b \b" * len(self.typed))
            self.typed = ""
        elif c in " \t":
            rest = self.complete()
            self.insert(rest + " ") if rest is not None else say(BELL)
        elif c == "?":
            self.show_help()
        elif c == "\x04" and not self.typed:
            return ["exit"]
        elif c.isprintable():
            self.insert(c)
        return None

    def show_help(self):
        words = self.words_after(self.typed.split(" ")[:-1])
        say("\n" + "".join(f"  {w}\n" for w in words))
        self.prompt()
        say(self.typed)

    def on_enter(self):
        """Words are completed on the way, and an abbreviation waits for another Enter: drivers that abbreviate hang there."""
        words = self.typed.split()
        if tuple(words) not in HELP and (rest := self.complete()):
            self.insert(rest)
            return None
        say("\n")
        self.typed = ""
        if not words:
            self.prompt()
        elif tuple(words) in HELP:
            return words
        else:
            begun = any(list(c[:len(words)]) == words for c in HELP)
            say("Syntax error: The command is not completed\n" if begun else "Syntax error: Illegal command line\n")
            self.prompt()
        return None

    def prompt(self):
        say("\n" + self.settings["escape"] + self.settings["prompt"])

    def first_prompt(self):
        """What is typed before the prompt has settled is echoed behind it and waits there: it takes a Ctrl-U to go on."""
        time.sleep(self.settings["login_delay"])
        self.prompt()
        end = time.monotonic() + self.settings["settle"]
        while (left := end - time.monotonic()) > 0 and select.select([0], [], [], left)[0]:
            c = self.terminal.key()
            if c.isprintable():
                self.insert(c)

    def show(self, text):
        """Pages, when the terminal has fewer lines."""
        rows = os.get_terminal_size().lines or 24
        lines = text.splitlines()
        for i, line in enumerate(lines):
            say(line + "\n")
            if rows > 1 and (i + 1) % (rows - 1) == 0 and i + 1 < len(lines):
                say("--More--")
                if self.terminal.key() in "qQ":
                    say("\r        \r")
                    return
                say("\r        \r")

    def version(self):
        s = self.settings
        title = f"[ {os.uname().nodename} ]".center(52, "-")
        # Only the UUID line is known; the others are assumed.
        return (f"{title}\nModel                     : {s['model']} Version {s['version']} (Build {s['build']})\n"
                f"UUID                      : {s['uuid']}\nVDB version               : 399\n{'-' * 52}\n")

    def expert(self):
        if not self.settings["expert"]:
            say(self.settings["expert_refusal"] + "\n")
            return
        if self.settings["notice"]:
            say(NOTICE)
        self.terminal.lend(["/bin/bash", "-l"], environment())

    def run(self, words):
        """False at the end of the session."""
        if words[0] in ("exit", "logout"):
            return False
        if words == ["expert"]:
            self.expert()
        elif words == ["show", "version"]:
            self.show(self.version())
        elif words == ["show", "managers"]:
            self.show(self.settings["managers"])
        else:
            name = "sftunnel_status_brief.pl" if words[0].endswith("brief") else "sftunnel_status.pl"
            with os.popen("/usr/local/sf/bin/" + name) as f:
                self.show(f.read())
        self.prompt()
        return True

    def loop(self):
        self.first_prompt()
        going = True
        while going:
            words = self.on_key(self.terminal.key())
            if words:
                going = self.run(words)


def environment():
    home = os.environ.get("HOME", "/")
    return {"HOME": home, "USER": "admin", "LOGNAME": "admin", "TERM": os.environ.get("TERM", "vt100"), "SHELL": "/bin/bash",
            "PATH": "/usr/local/bin:/usr/bin:/bin"}


def change_password(terminal):
    """The dialogue of an aged password. Where in the login it comes is assumed; here it ends the session as it was not meant to work."""
    say(f"Hello {os.environ.get('USER', 'admin')}. You must change your password.\n")
    first = terminal.line("Enter new password:", False)
    second = terminal.line("Confirm new password:", False)
    say("The passwords do not match.\n" if first != second else "Your password could not be changed.\n")


def accept_agreement(terminal):
    terminal.line("Press <ENTER> to display the EULA: ", False)
    say("END USER LICENSE AGREEMENT\n")
    say("--More--")
    while terminal.key() not in "q \r\n":
        pass
    say("\n")
    return terminal.line("Please enter 'YES' or press <ENTER> to AGREE to the EULA: ", True).upper() in ("", "YES")


def refuse_command(settings):
    """Called as `clish -c COMMAND`: what real ones do with a command or a file transfer is not known; nothing useful is assumed."""
    if settings["exec"] == "hang":
        select.select([], [], [])
    print("Syntax error: Illegal command line", file=sys.stderr)
    return 1


def main():
    with open("/etc/lab/clish.json", encoding="utf-8") as f:
        settings = json.load(f)
    if len(sys.argv) > 1 or not os.isatty(0):
        return refuse_command(settings)
    os.chdir(os.environ.get("HOME", "/"))
    say(settings["banner"])
    if settings["shell"]:  # a manager without its CLI
        os.execve("/bin/bash", ["-bash"], environment())
    with Terminal() as terminal:
        if settings["password_change"]:
            change_password(terminal)
            return 1
        if settings["agreement"] and not accept_agreement(terminal):
            return 1
        try:
            Clish(settings, terminal).loop()
        except (EOFError, OSError):
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
