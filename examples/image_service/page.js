// The same prompt twice: once without and once with the option. The same words give the same landscape.

import { check, element, headers, say, speak, spoken } from "/static/common.js";

const form = document.querySelector("#form");
const prompt = document.querySelector("#prompt");
const format = document.querySelector("#format");
const make = document.querySelector("#make");
const pair = document.querySelector("#pair");
const problem = document.querySelector("#problem");

speak({
  en: {
    title: "Landscapes by a diffusion model",
    placeholder: "What landscape?",
    make: "Make it",
    waiting: "Making it…",
    first: "Mountains over a lake",
    off: "Without the label",
    on: "With the label",
    save: "Save",
    failed: "No picture: ",
  },
  ru: {
    title: "Пейзажи диффузионной модели",
    placeholder: "Какой пейзаж?",
    make: "Создать",
    waiting: "Создаётся…",
    first: "Горы над озером",
    off: "Без пометки",
    on: "С пометкой",
    save: "Сохранить",
    failed: "Картинки нет: ",
  },
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  show(prompt.value.trim());
});
prompt.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
prompt.value = say("first");
show(prompt.value);

async function show(words) {
  if (!words || make.disabled) return;
  make.disabled = true;
  problem.textContent = "";
  const sides = ["off", "on"].map((choice) => [choice, side(choice)]);
  pair.replaceChildren(...sides.map(([, { figure }]) => figure));
  try {
    for (const [choice, place] of sides) fill(place, await picture(words, choice), choice);
  } catch (error) {
    problem.textContent = say("failed") + error.message;
    pair.replaceChildren();
  }
  make.disabled = false;
}

/** One picture as bytes and type, asked for with `Prefer: ai-label=on` or `off` for this request alone. */
async function picture(words, choice) {
  const answer = await fetch("/v1/images/generations", {
    method: "POST",
    headers: { "Content-Type": "application/json", Prefer: `ai-label=${choice}`, ...headers() },
    body: JSON.stringify({ prompt: words, output_format: format.value }),
  });
  const { data, error } = await answer.json();
  if (!answer.ok) throw new Error(error.message);
  const bytes = Uint8Array.from(atob(data[0].b64_json), (letter) => letter.charCodeAt(0));
  return { url: `data:image/${format.value};base64,${data[0].b64_json}`, bytes };
}

function side(choice) {
  const figure = element("figure");
  const caption = element("figcaption");
  const row = element("div", "row");
  const waiting = spoken("div", "waiting", "waiting");
  row.append(spoken("h2", "", choice));
  caption.append(row);
  figure.append(waiting, caption);
  return { figure, caption, row, waiting };
}

function fill({ caption, row, waiting }, { url, bytes }, choice) {
  const image = element("img");
  image.src = url;
  image.alt = `${prompt.value} (${say(choice)})`;
  waiting.replaceWith(image);
  const save = spoken("a", "", "save");
  save.href = url;
  save.download = `landscape-${choice}.${format.value}`;
  const found = element("div");
  row.append(save);
  caption.append(found);
  check(bytes, found);
}
