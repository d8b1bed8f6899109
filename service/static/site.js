// Conveniences for pages that work without them. Texts come from the page, in its language.
"use strict";
(() => {
  const WAIT = 400, LEAST = 3;

  // The people found so far, while a name is being typed.
  const search = document.querySelector("form[data-found]");
  if (search) {
    const list = search.querySelector(".typed"), said = search.querySelector(".typed-said");
    const answer = document.getElementById("answer");
    let timer, asking, rest = 0;
    const show = (html, text) => {
      list.innerHTML = html;
      list.hidden = !html;
      said.textContent = text;
      if (answer) answer.hidden = Boolean(html);
    };
    const look = async () => {
      const asked = new URLSearchParams(new FormData(search));
      if (asked.get("q").trim().length < LEAST || Date.now() < rest) return show("", "");
      asking = new AbortController();
      try {
        const told = await fetch(`${search.dataset.found}?${asked}`, { signal: asking.signal });
        if (told.status === 429) {
          rest = Date.now() + 1000 * Number(told.headers.get("Retry-After") || 60);
          return show("", search.dataset.wait);
        }
        if (told.status !== 200) return show("", "");
        const html = await told.text();
        show(html, "");
        said.textContent = list.querySelector("[data-said]")?.dataset.said ?? "";
      } catch (error) {
        if (error.name !== "AbortError") show("", "");
      }
    };
    const typed = () => {
      clearTimeout(timer);
      asking?.abort();
      timer = setTimeout(look, WAIT);
    };
    search.addEventListener("input", typed);
    search.addEventListener("submit", () => { clearTimeout(timer); asking?.abort(); });
  }

  // A register takes seconds to answer: say so, count, and let nobody ask twice.
  for (const form of document.querySelectorAll("form.ask-now")) {
    const button = form.querySelector("button"), bar = form.querySelector(".asking");
    let clock;
    const begin = () => {
      const began = Date.now(), seconds = bar.querySelector(".seconds");
      bar.hidden = false;
      bar.querySelector(".asking-said").textContent = form.dataset.asking;
      setTimeout(() => { button.disabled = true; });
      clock = setInterval(() => {
        seconds.textContent = `${Math.round((Date.now() - began) / 1000)} s`;
      }, 1000);
    };
    const end = () => { clearInterval(clock); bar.hidden = true; button.disabled = false; };
    form.addEventListener("submit", begin);
    addEventListener("pageshow", (event) => { if (event.persisted) end(); });
  }

  // How far an audit is: asked every second or two; once it is over, the page is read again.
  const audit = document.querySelector("[data-progress]");
  if (audit) {
    const look = async () => {
      try {
        const told = await fetch(audit.dataset.progress, { redirect: "error" });
        if (told.status === 200) {
          const piece = new DOMParser().parseFromString(await told.text(), "text/html");
          const now = piece.querySelector("[data-state]");
          if (now.dataset.state !== "running") return location.reload();
          audit.querySelector("p").textContent = now.querySelector("p").textContent;
          audit.querySelector("progress").value = now.querySelector("progress").value;
        }
      } catch { /* the next look may come through */ }
      setTimeout(look, 1500);
    };
    setTimeout(look, 700);
  }

  for (const button of document.querySelectorAll("button.print")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
})();
