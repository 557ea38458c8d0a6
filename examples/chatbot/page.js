// The chat: streams answers from the OpenAI API of this service. The label arrives as part of the text.

import { check, element, headers, say, speak, spoken } from "/static/common.js";

const talk = document.querySelector("#talk");
const form = document.querySelector("#form");
const question = document.querySelector("#question");
const send = document.querySelector("#send");
const stop = document.querySelector("#stop");
const messages = [];
let leaving = null;

speak({
  en: {
    title: "A small chatbot",
    lead: "A small language model that runs on this machine. Its answers are real, and often wrong.",
    placeholder: "Ask something",
    send: "Send",
    stop: "Stop",
    copy: "Copy",
    copied: "Copied",
    check: "Check the label",
    failed: "No answer: ",
    starter_1: "Write four lines about the sea.",
    starter_2: "Why is the sky blue?",
    starter_3: "Name three uses of salt.",
  },
  ru: {
    title: "Маленький чат-бот",
    lead: "Маленькая языковая модель, которая работает на этой машине. Ответы настоящие и часто неверные; понимает она по-английски.",
    placeholder: "Вопрос по-английски",
    send: "Отправить",
    stop: "Остановить",
    copy: "Копировать",
    copied: "Скопировано",
    check: "Проверить пометку",
    failed: "Ответа нет: ",
    starter_1: "Write four lines about the sea.",
    starter_2: "Why is the sky blue?",
    starter_3: "Name three uses of salt.",
  },
});

for (const key of ["starter_1", "starter_2", "starter_3"]) {
  const button = spoken("button", "quiet small", key);
  button.type = "button";
  button.addEventListener("click", () => ask(say(key)));
  document.querySelector("#starters").append(button);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(question.value.trim());
});
question.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
stop.addEventListener("click", () => leaving?.abort());

async function ask(text) {
  if (!text || leaving) return;
  document.querySelector("#welcome")?.remove();
  messages.push({ role: "user", content: text });
  bubble("user", text);
  question.value = "";
  const answer = bubble("assistant", "");
  busy(new AbortController(), answer);
  try {
    for await (const piece of stream(messages, leaving.signal)) {
      answer.text.textContent += piece;
      follow();
    }
  } catch (problem) {
    if (problem.name !== "AbortError") answer.node.append(element("p", "error", say("failed") + problem.message));
  }
  busy(null, answer);
  messages.push({ role: "assistant", content: answer.text.textContent });
  tools(answer);
  follow();
}

/** The pieces of an answer, as they come (server-sent events; a piece of the network may cut one anywhere). */
async function* stream(history, signal) {
  const answer = await fetch("/v1/chat/completions", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers() },
    body: JSON.stringify({ model: "smollm2-135m-instruct", messages: history, stream: true }),
    signal,
  });
  if (!answer.ok) throw new Error((await answer.json()).error.message);
  let rest = "";
  for await (const text of pieces(answer.body)) {
    const events = (rest + text).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      if (!event.startsWith("data: ") || event === "data: [DONE]") continue;
      const { choices } = JSON.parse(event.slice(6));
      if (choices[0]?.delta.content) yield choices[0].delta.content;
    }
  }
}

/** The text of a body in pieces; not every browser can iterate over a stream itself. */
async function* pieces(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

function bubble(role, text) {
  const node = element("article", `said ${role}`);
  const paragraph = element("p", "", text);
  node.append(paragraph);
  talk.append(node);
  follow();
  return { node, text: paragraph };
}

/** What can be done with an answer: copy it, label and all, and check what its label says. */
function tools({ node, text }) {
  const bar = element("footer");
  const result = element("div");
  const copy = spoken("button", "quiet small", "copy");
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      copy.textContent = say((copy.dataset.say = "copied"));
    } catch {
      getSelection().selectAllChildren(text); // no clipboard for scripts here (plain HTTP): select, for Ctrl+C
    }
  });
  const look = spoken("button", "quiet small", "check");
  look.addEventListener("click", () => check(text.textContent, result).then(follow));
  bar.append(copy, look);
  node.append(bar, result);
}

function busy(controller, { node }) {
  leaving = controller;
  send.hidden = Boolean(controller);
  stop.hidden = !controller;
  talk.setAttribute("aria-busy", String(Boolean(controller)));
  node.classList.toggle("writing", Boolean(controller));
  if (!controller) question.focus();
}

function follow() {
  window.scrollTo({ top: document.body.scrollHeight });
}
