# Builds what the scripts here run. Sourced by them; needs bash.

root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
built=$root/perf/target/perf.built
. "$root/.ci/machine.sh"

is_built() {
  [[ -e $built && -z $(find "$root"/pom.xml "$root"/*/pom.xml "$root"/*/src/main -newer "$built" -print -quit) ]]
}

build() {
  local start
  start=$(mktemp)
  say "building ..."
  (cd -- "$root" && JAVA25_HOME=$jdk mvn -q -B -Dstyle.color=never -pl perf -am -Dmaven.test.skip=true -Dexec.skip=true package)
  # The time before the build: what changed during it counts as changed.
  touch -r "$start" "$built"
  rm -f "$start"
}

# run_perf CLASS ARGUMENT...: a program of perf in place of this script.
run_perf() {
  need_maven
  jdk=$(find_jdk)
  is_built || build
  # Builds nothing new then, but makes sure of the AOT cache that ./headrace starts with.
  "$root/headrace" --version >/dev/null
  exec "$jdk/bin/java" "@$root/tools/target/headrace.jvm" -Xmx512m \
    -Dheadrace.root="$root" -Dheadrace.commit="$(git -C "$root" describe --always --dirty 2>/dev/null || true)" \
    -cp "$root/perf/target/classes:$root/perf/target/lib/*" "$@"
}
