"""The switch between light and dark colours, in sight on every page.

Streamlit has no call for it. It keeps a choice in the browser, under a name that holds the path of the page, and reads it when
a page is loaded: the switch writes it for every page of the app, and loads this one again.

Its script is the only one of every page, so it also names the main part of the page, and keeps the focus of the keyboard.
"""

import streamlit as st

KEY = "theme-switch"
"""The key is the same on every page, since it is one switch for all; the style sheet finds the switch by it."""
# It has a name from the start: its script runs later, and once more after the browser changed the scheme.
_HTML = """
<button type="button" class="theme" title="Light or dark colours" aria-label="Light or dark colours">
  <span aria-hidden="true">◐</span>
</button>
"""
_CSS = """
.theme { display: grid; place-items: center; width: 2rem; height: 2rem; padding: 0; border: 0; border-radius: .4rem;
  background: none; color: var(--st-text-color); font: 1.15rem/1 var(--st-font); cursor: pointer; }
.theme:hover { background: color-mix(in srgb, currentColor 9%, transparent); }
.theme:focus-visible { outline: 2px solid var(--st-primary-color); }
"""
_JS = """
export default function ({ parentElement }) {
  const button = parentElement.querySelector(".theme");
  const isDark = getComputedStyle(document.querySelector(".stApp")).colorScheme === "dark";
  const other = isDark ? "Light" : "Dark";
  button.title = button.ariaLabel = other + " colours";
  // The main part of the page is named by its title.
  document.querySelector(".stMain")?.setAttribute("aria-labelledby", "page-title");
  if (sessionStorage.getItem("theme-by-key")) button.focus();
  sessionStorage.removeItem("theme-by-key");
  button.onclick = ({ detail }) => {
    const links = [...document.querySelectorAll('[data-testid="stSidebarNavLink"]')].map((link) => link.pathname);
    for (const path of new Set([location.pathname, ...links])) {
      localStorage.setItem(`stActiveTheme-${path}-v2`, JSON.stringify(other));
    }
    if (!detail) sessionStorage.setItem("theme-by-key", "1");  // a key pressed it: after the reload it has the focus again
    location.reload();
  };
  if (!window.keepsFocus) document.addEventListener("focusout", keepFocus);
  window.keepsFocus = true;
}
// A button can vanish as it is pressed. Its focus goes to what was around it, and not to the top of the page: the next Tab
// leads to the controls there, and a second Enter presses nothing.
function keepFocus({ target }) {
  const around = [];
  for (let part = target.parentElement; part && part !== document.body; part = part.parentElement) around.push(part);
  requestAnimationFrame(() => requestAnimationFrame(() => {
    if (target.isConnected) return;
    for (const part of around) {  // what is left of them may be empty, and then not shown
      if (document.activeElement !== document.body) return;
      if (!part.checkVisibility()) continue;
      part.tabIndex = -1;
      part.focus({ preventScroll: true });
    }
  }));
}
"""
_SWITCH = st.components.v2.component("theme_switch", html=_HTML, css=_CSS, js=_JS)


def draw_theme_switch() -> None:
    _SWITCH(key=KEY)
