# Sourced by ./run and ./check. `environment run` or `environment check` makes `.venv` from the hashed pins, or mends it.
#
# `.venv` is a link to the environment in use, which lies in `.venvs`: its scripts hold absolute paths, so it is built where it
# stays, and the link is put on it once it is whole. Whoever still works in the one before goes on; the next build removes it.
# `made-of` in it names what it was made of: it differs when the pins or the place changed, and only then one is made anew.
# Every step says itself that it failed: `set -e` does not hold where somebody asks how it went.

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
    local python=$1 pins=$root/requirements/$2.txt place=$3
    if command -v uv >/dev/null; then
        uv venv --quiet --python "$python" "$place" &&
            uv pip install --quiet --require-hashes --python "$place/bin/python" -r "$pins"
    else
        if ! "$python" -m venv "$place" >&2; then
            say "tutela: $python cannot make an environment. Install its venv module (Debian: apt-get install python3-venv)."
            return 1
        fi
        "$place/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$pins"
    fi
}

# The package itself: its folder on Python's path, and the command `tutela`.
add_package() {
    local place=$1 site
    site=$("$place/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))') || return 1
    printf '%s\n' "$root/src" >"$site/tutela.pth"
    printf '#!/bin/sh\nexec "%s/bin/python" -m tutela "$@"\n' "$place" >"$place/bin/tutela"
    chmod +x "$place/bin/tutela"
}

# Put the link `.venv` on a whole environment, and remove all but it and the one before it.
take_environment() {
    local place=$1 before=$root/.venvs/before-links other
    if [[ -d $root/.venv && ! -L $root/.venv ]]; then # older versions had a folder there
        rm -rf "$before"
        mv "$root/.venv" "$before"
    else
        before=$(readlink -f "$root/.venv" || true)
    fi
    ln -sfn "$place" "$root/.venv.new"
    mv -T "$root/.venv.new" "$root/.venv"
    for other in "$root"/.venvs/*; do
        [[ $other == "$place" || $other == "$before" ]] || rm -rf "$other"
    done
}

environment() {
    local for=$1 python place
    is_made "$for" && return
    python=$(find_python) || return 1
    exec {lock}>"$root/.venv.lock"
    flock "$lock" # two that start at once: the second waits, and finds it made
    if ! is_made "$for"; then
        say "tutela: making .venv from requirements/$for.txt (once; a minute or two)…"
        mkdir -p "$root/.venvs"
        place=$root/.venvs/$for-$(date +%Y%m%d-%H%M%S)-$$
        fill_environment "$python" "$for" "$place" >&2 && add_package "$place" || return 1
        # what is made for checking holds everything that running needs
        for for in $(printf "%s\n" run "$for" | sort -u); do printf '%s %s %s\n' "$for" "$(digest "$for")" "$root"; done >"$place/made-of"
        take_environment "$place"
    fi
    exec {lock}>&-
}
