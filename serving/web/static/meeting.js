// Keys of the meeting: arrows and page keys move by a screen, numbers jump, f projects. Everything
// works without this script; the links of each screen do the same.
const screens = [...document.querySelectorAll(".screen")];

const current = () => {
  const middle = innerHeight / 2;
  const at = screens.findIndex((screen) => screen.getBoundingClientRect().bottom > middle);
  return at < 0 ? screens.length - 1 : at;
};

const show = (place) => {
  const screen = screens[Math.max(0, Math.min(place, screens.length - 1))];
  history.replaceState(null, "", `#${screen.id}`);
  screen.scrollIntoView();
  screen.focus({ preventScroll: true });
};

const moves = {
  ArrowRight: () => show(current() + 1),
  PageDown: () => show(current() + 1),
  ArrowLeft: () => show(current() - 1),
  PageUp: () => show(current() - 1),
  Home: () => show(0),
  End: () => show(screens.length - 1),
  f: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()),
};
screens.forEach((_, place) => { moves[place + 1] = () => show(place); });

document.addEventListener("keydown", (event) => {
  const busy = event.target.closest("input, textarea, select, summary") || event.ctrlKey || event.metaKey || event.altKey;
  if (busy || !(event.key in moves)) return;
  event.preventDefault();
  moves[event.key]();
});
