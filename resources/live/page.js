// Draws the live code, again in every span, and counts down to the next. Touches nothing outside this page.
"use strict";

(function () {
  const at = (id) => document.getElementById(id);
  const ticket = JSON.parse(at("ticket").textContent);
  let drawn = null;
  let lock = null;

  // The dark modules as one path, so that no renderer leaves hairlines between its rows.
  function pathOf(modules) {
    const cells = modules.map((row, y) => row.map((dark, x) => (dark ? `M${x + QUIET_ZONE} ${y + QUIET_ZONE}h1v1h-1z` : "")));
    return cells.map((row) => row.join("")).join("");
  }

  function draw(second) {
    const modules = modulesOf(codeAt(ticket, second));
    const side = modules.length + 2 * QUIET_ZONE;
    at("code").setAttribute("viewBox", `0 0 ${side} ${side}`);
    at("modules").setAttribute("d", pathOf(modules));
    document.body.classList.add("live");
  }

  // Asks the clock anew each time: a page that slept, or a clock that was set, draws the right code at its next tick.
  function tick() {
    const now = Date.now() / 1000;
    if (spanOf(now) !== drawn) {
      draw(Math.floor(now));
      drawn = spanOf(now);
    }
    const left = (drawn + 1) * REFRESH_S - now;
    at("left").style.transform = `scaleX(${left / REFRESH_S})`;
    at("seconds").textContent = String(Math.ceil(left));
    at("clock").textContent = new Date().toTimeString().slice(0, 8);
  }

  // The screen stays on where the browser can do that (Screen Wake Lock, W3C); a refusal, such as on a low battery, is
  // no failure: the guest touches the screen.
  async function stayAwake() {
    if (!("wakeLock" in navigator) || document.visibilityState !== "visible" || (lock && !lock.released)) return;
    lock = await navigator.wakeLock.request("screen").catch(() => null);
  }

  function wake() {
    tick();
    stayAwake();
  }

  document.addEventListener("visibilitychange", wake);
  window.addEventListener("pageshow", wake);
  setInterval(tick, 200);
  wake();
})();
