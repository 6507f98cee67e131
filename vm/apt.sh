# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# How the scripts that need something from Debian's archives get it: sourced by vm/fetch-kernel and vm/build-loop.
#
# apt does the finding, the downloading and the checking of signatures and hashes, from the archives that the machine is
# configured for; it works on a private state below the cache directory, so it needs no root and changes nothing of the
# host's.  When those sources do not offer what is wanted, other suites of the same archives are asked, in the order of
# distributions/*.distribution, which know the names that differ from one distribution to the next.
#
# The sourcing script sets name (for its messages) and here (the folder of this file), and offline_hint where there is
# something to do without an archive.

fail() { # STATUS MESSAGE
	# shellcheck disable=SC2154 # set by the sourcing script
	printf '%s: %s\n' "$name" "$2" >&2
	exit "$1"
}

say() {
	printf '%s\n' "$*" >&2
}

# ---- the cache

# Sets cache, where all of ours is, and kernels below it.
find_cache() {
	[ -n "${XDG_CACHE_HOME:-${HOME:-}}" ] ||
		fail 2 "neither XDG_CACHE_HOME nor HOME is set, so there is no place for a cache"
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/looprace
	kernels=$cache/kernels
}

# Only one at a time uses the private apt state.  Returns 1 when it had to wait: the other one may have fetched just this.
lock_cache() {
	mkdir -p "$kernels" 2>/dev/null ||
		fail 2 "$kernels: cannot make this directory; set XDG_CACHE_HOME to a place that can be written"
	{ exec 9>"$kernels/.lock"; } 2>/dev/null ||
		fail 2 "$kernels: cannot write here; set XDG_CACHE_HOME to another place"
	if flock -n 9; then
		return 0
	fi
	say "waiting for another download to finish"
	flock 9
	return 1
}

# Sets work, a temporary directory on the disk of the cache, which is gone when the script ends.  Needs the lock.
make_work() {
	# Nobody else is at work here, so what an earlier run left behind, killed in its middle, is nobody's.
	rm -rf "$kernels"/.fetch.*
	clean_up_at_end
	work=$kernels/.fetch.$$
	mkdir "$work" || fail 2 "$work: cannot make this directory"
}

# ---- cleaning up, whatever ends us

work='' child='' room_bytes=0

clean_up() {
	trap - EXIT HUP INT TERM
	if [ -n "$child" ]; then
		kill "$child" 2>/dev/null || :
		wait "$child" 2>/dev/null || :
	fi
	if [ -n "$work" ]; then
		rm -rf "$work"
	fi
}

# A command in the foreground would hold a signal back until it ends, which for a download can be long.
run() {
	"$@" 8>&- 9>&- </dev/null &
	child=$!
	wait "$child" && run_status=0 || run_status=$?
	child=
	return "$run_status"
}

clean_up_at_end() {
	trap clean_up EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# ---- apt on a private state

# use_apt_state NAME [SOURCE_LIST]: later calls of "apt" use this state; without a list, the host's own sources.
use_apt_state() {
	state=$cache/apt/$1
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial" || fail 2 "$state: cannot make this directory"
	# The host's hooks after an update would run on its own state (Docker's empty /var/cache/apt), and its pins could hide
	# a kernel.  "#clear" works in a file only.
	cat >"$state/apt.conf" <<-END || fail 2 "$state: cannot write here"
	#clear APT::Update::Pre-Invoke;
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	#clear DPkg::Post-Invoke;
	Dir::State::Lists "$state/lists";
	Dir::State::Status "/dev/null";
	Dir::State::Extended_States "$state/extended_states";
	Dir::Cache "$state/cache";
	Dir::Etc::Preferences "/dev/null";
	Dir::Etc::PreferencesParts "/dev/null";
	Dir::Log "$state";
	APT::Architecture "amd64";
	APT::Default-Release "";
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	Acquire::Retries "1";
	Acquire::http::Timeout "20";
	Acquire::https::Timeout "20";
	Quiet "2";
	END
	if [ $# -gt 1 ]; then
		cat >>"$state/apt.conf" <<-END
		Dir::Etc::SourceList "$2";
		Dir::Etc::SourceParts "/dev/null";
		END
	fi
}

apt() { # TOOL ARGUMENT...
	apt_tool=$1
	shift
	"$apt_tool" -c "$state/apt.conf" "$@"
}

# The one line of apt's many that says what went wrong.
apt_complaint() {
	complaint=$(sed -n 's/^[EW]: *//p' "$work/apt.log" | head -n 1)
	printf '%s' "${complaint:-apt failed without a message}"
}

# Where the disk is full the log may be empty too, and a part of a file removed again.  So with less room left than was
# needed, the disk is to blame, whatever failed.
apt_has_full_disk() {
	grep -q -i 'no space left\|disk quota' "$work/apt.log" ||
		[ "$(df --output=avail -B1 "$work" | tail -n 1)" -lt $((room_bytes + 65536)) ]
}

# distribution_lines KEY [FILE]...: the values of this key; without files, in those of all distributions.
distribution_lines() {
	distribution_key=$1
	shift
	# shellcheck disable=SC2154 # set by the sourcing script
	[ $# -gt 0 ] || set -- "$here"/distributions/*.distribution
	sed -n "s/^${distribution_key}[[:blank:]][[:blank:]]*//p" "$@"
}

# The archives behind the machine's own sources, as the lists just fetched tell them: "ORIGIN|LABEL|URI" lines.
learn_archives() {
	# shellcheck disable=SC2016 # apt expands these
	apt apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' >"$work/archives" 2>"$work/apt.log" ||
		:
}

# archive_uri NAME FILE: where an archive of this distribution lies; nothing when the machine does not use it.
archive_uri() {
	distribution_lines archive "$2" | while read -r archive_name archive_label; do
		[ "$archive_name" != "$1" ] || awk -v label="$archive_label|" \
			'index($0, label) == 1 { print substr($0, length(label) + 1); exit }' "$work/archives"
	done
}

knows_an_archive() {
	for distribution in "$here"/distributions/*.distribution; do
		for archive in $(distribution_lines archive "$distribution" | cut -d ' ' -f 1); do
			[ -z "$(archive_uri "$archive" "$distribution")" ] || return 0
		done
	done
	return 1
}

# The names of all distributions, for messages.
distribution_names() {
	for distribution in "$here"/distributions/*.distribution; do
		basename "$distribution" .distribution
	done | paste -s -d ,
}

update_own_sources() {
	use_apt_state own
	# apt ends with 0 even when an archive failed, and a third party's that fails is none of our concern: what counts is
	# whether an archive of a distribution could be read.
	run apt-get -c "$state/apt.conf" update >"$work/apt.log" 2>&1 || :
	cp "$work/apt.log" "$work/apt-own.log"
	learn_archives
	if ! knows_an_archive; then
		cp "$work/apt-own.log" "$work/apt.log"
		! apt_has_full_disk || fail 2 "$state: no space left on this disk"
		if ! grep -q '^[EW]:' "$work/apt.log"; then
			fail 2 "the sources of this machine's apt name no archive of $(distribution_names); give --kernel a path instead of a series"
		fi
		fail 99 "no archive of $(distribution_names) can be reached: $(apt_complaint)${offline_hint:-}"
	fi
}

# update_suite SUITE URI KEYRING; returns 1 when the archive does not have the suite.
update_suite() {
	printf 'deb [arch=amd64 signed-by=%s] %s %s main\n' "$3" "$2" "$1" >"$work/sources.list"
	use_apt_state "$1" "$work/sources.list"
	if run apt-get -c "$state/apt.conf" update -o APT::Update::Error-Mode=any >"$work/apt.log" 2>&1; then
		return 0
	fi
	if grep -q '404 \|does not have a Release file' "$work/apt.log"; then
		return 1
	fi
	! apt_has_full_disk || fail 2 "$state: no space left on this disk"
	fail 99 "suite $1 cannot be read: $(apt_complaint)${offline_hint:-}"
}

# search_archives WHAT CHOOSE: asks one suite after the other, until the command CHOOSE finds in it what it looks for;
# returns 1 when none of them has it.
search_archives() {
	say "looking for $1 in the apt sources of this machine"
	update_own_sources
	if "$2"; then
		return 0
	fi

	for distribution in "$here"/distributions/*.distribution; do
		search_distribution "$1" "$2" && return 0
	done
	return 1
}

# search_distribution WHAT CHOOSE: the suites of $distribution.
search_distribution() {
	distribution_lines suite "$distribution" >"$work/suites"
	while read -r suite archive keyring rest <&3; do
		[ -z "$rest" ] || fail 99 "$distribution: suite $suite: '$rest' is too much; NAME ARCHIVE KEYRING would be right"
		distribution_lines archive "$distribution" | grep -q "^${archive}[[:blank:]]" ||
			fail 99 "$distribution: suite $suite: there is no archive $archive; one that stands in a line 'archive' would be right"
		uri=$(archive_uri "$archive" "$distribution")
		if [ -z "$uri" ] || [ ! -r "$keyring" ]; then
			continue
		fi
		say "looking for $1 in $suite"
		update_suite "$suite" "$uri" "$keyring" || continue
		if "$2"; then
			return 0
		fi
	done 3<"$work/suites"
	return 1
}

# download PACKAGES BYTES ROOM_BYTES: "NAME=VERSION ..." from the suite that was asked last, to "$work/debs".  They have this
# size, and as much room is needed for what they unpack to.
download() {
	room_bytes=$3
	say "fetching $1 ($((($2 + 500000) / 1000000)) MB)"
	mkdir "$work/debs"
	# shellcheck disable=SC2086 # package names hold no blanks
	if ! run env -C "$work/debs" apt-get -c "$state/apt.conf" download $1 >"$work/apt.log" 2>&1; then
		! apt_has_full_disk || fail 2 "$work: no space left on this disk"
		fail 99 "cannot download: $(apt_complaint)"
	fi
}

# unpack_debs ROOT: all of them, below this directory.
unpack_debs() {
	for deb in "$work"/debs/*.deb; do
		run dpkg-deb -x "$deb" "$1" 2>"$work/apt.log" || {
			! apt_has_full_disk || fail 2 "$work: no space left on this disk"
			fail 99 "cannot unpack $(basename "$deb"): $(head -n 1 "$work/apt.log")"
		}
	done
}
