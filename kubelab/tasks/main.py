"""The program behind `./run`: invoke with kubelab's words and errors, and a Tab key that knows labs and machines."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Iterable

import invoke.collection
import invoke.config
import invoke.exceptions
import invoke.program

from kubelab import errors, paths
from kubelab.tasks import namespace, passing, streams
from kubelab.ui import terminal

SCRIPTS = {
    "bash": """\
# source <(./run --print-completion-script bash)
_complete_run() {
    local words=${COMP_WORDS[*]:1:$COMP_CWORD}
    COMPREPLY=()
    mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" --complete -- "$words" 2> /dev/null)" -- "$2")
}
complete -o default -F _complete_run run
""",
    "zsh": """\
# source <(./run --print-completion-script zsh)
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
_complete_run() {
    compadd -- ${(f)"$($words[1] --complete -- "${words[2,CURRENT]}" 2> /dev/null)"} || _files
}
compdef _complete_run run
""",
}
"""Makes a shell complete `./run la<Tab>` by asking the very `run` that is being typed."""


class Settings(invoke.config.Config):
    """invoke's own settings alone: no file or variable of another project's tasks changes, or breaks, a word."""

    def load_base_conf_files(self) -> None:
        """Read neither /etc/invoke.yaml nor ~/.invoke.yaml."""

    def load_project(self, merge: bool = True) -> None:
        """Read no invoke.yaml of a folder."""

    def load_runtime(self, merge: bool = True) -> None:
        """Read no file that INVOKE_RUNTIME_CONFIG names."""

    def load_shell_env(self) -> None:
        """Read no variable INVOKE_*."""


class Program(invoke.program.Program):
    """invoke, but an unknown word ends with a suggestion and the exit code of wrong usage."""

    def create_config(self) -> None:
        """Keep a person's settings of invoke out."""
        self.config = Settings()

    def parse_core_args(self) -> None:
        """Print kubelab's own completion script: invoke's needs the program on PATH."""
        super().parse_core_args()
        shell = self.args["print-completion-script"].value
        if not shell:
            return
        if shell not in SCRIPTS:
            raise invoke.exceptions.ParseError(f"there is no completion for {shell}, only for {', '.join(SCRIPTS)}")
        terminal.write(SCRIPTS[shell])
        raise invoke.exceptions.Exit

    def parse_cleanup(self) -> None:
        """Complete what only kubelab knows; leave the rest to invoke."""
        if self.args.complete.value:
            found = values(self.core.remainder)
            if found is not None:
                terminal.write("".join(f"{name}\n" for name in found))
                raise invoke.exceptions.Exit
        super().parse_cleanup()

    def no_tasks_given(self) -> None:
        """Show the words: `./run` alone is a person who looks around."""
        self.list_tasks()
        terminal.write("./run --help WORD explains one of them.\n")
        raise invoke.exceptions.Exit

    def run(self, argv: list[str] | None = None, exit: bool = True) -> None:  # noqa: ARG002 (invoke's own)
        """Run the typed words; what invoke cannot parse becomes an error of kubelab's."""
        self.create_config()
        try:
            self.parse_core(named(sys.argv if argv is None else argv))
            self.parse_collection()
            self.parse_tasks()
            self.parse_cleanup()
        except (invoke.exceptions.ParseError, ValueError) as problem:
            from kubelab.tasks import decorator  # noqa: PLC0415 (imports the lab, which a list of words does not need)

            error = _explained(problem) if isinstance(problem, invoke.exceptions.ParseError) else _numberless(problem)
            if error is None:
                raise
            decorator.show(error)
            sys.exit(errors.Exit.USAGE)
        except invoke.exceptions.Exit as done:
            sys.exit(done.message or done.code)
        self.update_config()
        self.execute()


def main(words: invoke.collection.Collection) -> None:
    """Run the words of the command line; a reader that stops early (`| head`) is no error."""
    try:
        try:
            Program(namespace=words, name="kubelab", binary="./run", binary_names=["run"], version="0.1").run()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        streams.close()
        sys.exit(128 + signal.SIGPIPE)


HELP = ("--help", "-h")
WORD = re.compile(rf"{'|'.join(namespace.PLAIN)}|[a-z_]+\.[a-z_]+")
NAMED = {
    "exercise.show": "--exercise",
    "exercise.prove": "--exercise",
    "lab.unload": "--image",
}
"""Words whose one value may be left out, or stand behind options: invoke cannot do that, so its option is put in
front."""

ALONE = {"lab.load": "--image="}
"""Words that take a value anywhere, with plain `invoke` as well, and may stand alone: then an empty one is given."""
VALUED = ("--lab", "-l", "--name", "-n", "--times", "-t", "--variant", "-v", "--exercise", "-e", "--image", "-i")
"""Options of these words that have a value of their own."""
NO_NUMBER = re.compile(r"invalid literal for int\(\) with base 10: (.*)", re.DOTALL)
"""What Python says of a text that is no number."""
LONGEST = 60


def named(argv: list[str]) -> list[str]:
    """Return a command line in which an optional value has its option in front.

    `WORD --help` becomes `--help WORD`: invoke would take it for a value that WORD still waits for.
    """
    argv, passed = passing.split(argv)
    found: list[str] = []
    at = next((index for index, word in enumerate(argv) if index and word in NAMED), len(argv))
    value = _bare(argv, at)
    for index, word in enumerate(argv):
        if word in HELP and not argv[index - 1].startswith("-"):
            asked = [before for before in argv[1:index] if WORD.fullmatch(before)]
            if asked:
                return [argv[0], HELP[0], asked[-1]]
        if index == value:
            found.append(NAMED[argv[at]])
        found.append(word)
        if index and word in ALONE and _bare(argv, index) is None and not _said(argv[index:], ALONE[word]):
            found.append(ALONE[word])
    if "lab.ssh" in argv and passed:
        return [*found, f"--command={passing.line(passed)}"]
    return [*found, passing.END, *passed] if passed else found


def _bare(argv: list[str], at: int) -> int | None:
    """Return where a word's one value stands without an option in front; None if it does not."""
    index = at + 1
    while index < len(argv):
        word = argv[index]
        if not word.startswith("-"):
            another = WORD.fullmatch(word) and word.split(".")[0] in namespace.known()
            return None if another and index > at + 1 else index
        index += 2 if word in VALUED else 1
    return None


def _said(words: list[str], option: str) -> bool:
    """Return whether words hold an option, with its value behind it or behind an equals sign."""
    return any(word == option.rstrip("=") or word.startswith(option) for word in words)


def values(typed: str) -> list[str] | None:
    """Return what may stand at the cursor, None if that is a word or an option, which invoke knows.

    `typed` is the command line up to the cursor, without the program: a blank at its end begins a new word.
    """
    typed = typed.replace("=", " ")
    words = typed.split()
    before = words if typed.endswith(" ") else words[:-1]
    if before[-1:] == ["--lab"]:
        from kubelab.config import load  # noqa: PLC0415 (takes as long to import as all the rest)

        return list(load.names())
    if before[-1:] == ["lab.ssh"] and not words[-1].startswith("-"):
        return sorted({path.name for path in paths.BUILD.glob("*/boxes/*")})
    return None


def _numberless(problem: ValueError) -> errors.LabError | None:
    """Return the error of an option whose value is to be a number, which invoke hands to `int` unseen; else None."""
    found = NO_NUMBER.fullmatch(str(problem))
    what = f"{found[1][:LONGEST]} is no whole number, which its option takes" if found else ""
    return errors.LabError("word-unknown", what) if found else None


def _explained(problem: invoke.exceptions.ParseError) -> errors.LabError:
    """Return invoke's complaint as an error of kubelab's, with the nearest word or option."""
    from kubelab.config import strict  # noqa: PLC0415 (as above)

    said = str(problem).rstrip("!")
    if not said.startswith("No idea what '"):
        return errors.LabError("word-unknown", said)
    word = said.split("'")[1]
    if word.startswith("-"):
        known: Iterable[str] = problem.context.flag_names() if problem.context else ()
        return errors.LabError("word-unknown", f"there is no option {word}{strict.did_you_mean(word, known)}")
    known = namespace.collection(["--list"]).task_names
    return errors.LabError("word-unknown", f"there is no word {word!r}{strict.did_you_mean(word, known)}")
