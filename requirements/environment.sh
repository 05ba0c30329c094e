# Sourced by ./run and ./check. `environment run` or `environment check` makes `.venv` from the hashed pins, or mends it.
#
# `.venv/made-of` names what the environment was made of and is written last: it is missing after an interruption, and
# it differs when the pins, the interpreter or the place changed. Only then the environment is made anew.

# Compiled code is kept beside its source, in this folder: without it every start compiles everything again (a second).
unset PYTHONDONTWRITEBYTECODE

say() { printf '%s\n' "$*" >&2; }

find_python() {
    local name
    for name in python3.11 python3 python3.12 python3.13; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$name"
            return
        fi
    done
    say "tutela: no python 3.11 or newer is on the path. Install it (Debian: apt-get install python3.11 python3.11-venv)."
    return 1
}

digest() { sha256sum "$root/requirements/$1.txt" | cut -d ' ' -f 1; }

is_made() {
    local made="$root/.venv/made-of"
    [[ -f $made && -x $root/.venv/bin/python ]] && grep -qxF "$1 $(digest "$1") $root" "$made"
}

fill_environment() {
    local python=$1 pins=$root/requirements/$2.txt
    if command -v uv >/dev/null; then
        uv venv --quiet --python "$python" "$root/.venv"
        uv pip install --quiet --require-hashes --python "$root/.venv/bin/python" -r "$pins"
    else
        if ! "$python" -m venv "$root/.venv" >&2; then
            say "tutela: $python cannot make an environment. Install its venv module (Debian: apt-get install python3-venv)."
            return 1
        fi
        "$root/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$pins"
    fi
}

# The package itself: its folder on Python's path, and the command `tutela`.
add_package() {
    local site
    site=$("$root/.venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$root/src" >"$site/tutela.pth"
    printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m tutela "$@"\n' "$root" >"$root/.venv/bin/tutela"
    chmod +x "$root/.venv/bin/tutela"
}

environment() {
    local for=$1 python
    is_made "$for" && return
    python=$(find_python)
    exec {lock}>"$root/.venv.lock"
    flock "$lock" # two that start at once: the second waits, and finds it made
    if ! is_made "$for"; then
        say "tutela: making .venv from requirements/$for.txt (once; a minute or two)…"
        rm -rf "$root/.venv"
        fill_environment "$python" "$for" >&2
        add_package
        # what is made for checking holds everything that running needs
        for for in $(printf "%s\n" run "$for" | sort -u); do printf '%s %s %s\n' "$for" "$(digest "$for")" "$root"; done >"$root/.venv/made-of.new"
        mv "$root/.venv/made-of.new" "$root/.venv/made-of"
    fi
    exec {lock}>&-
}
