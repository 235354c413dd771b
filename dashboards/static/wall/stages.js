/* Where the stages stand: one on an ordinary screen, several on a long or a spliced one.
   Holds their geometry and the boxes of the further ones; what each shows is wall.js's. A stage never
   lies across the seam of two panels, and its letters keep the size they have alone. */
"use strict";
window.wallStages = (() => {
  const WIDTH = 1920;
  const HEIGHT = 1080;
  const GRIDS = { "1x1": [1, 1], "2x1": [2, 1], "3x2": [3, 2] };

  function grid(wanted) {
    if (GRIDS[wanted]) return GRIDS[wanted];
    const shape = innerWidth / innerHeight;
    if (shape > 3.2) return GRIDS["2x1"];
    // a spliced wall of six panels; a low window of that shape is only a wide window
    return shape > 2.5 && innerHeight > 1.5 * HEIGHT ? GRIDS["3x2"] : GRIDS["1x1"];
  }

  function part(name, className, ...children) {
    const node = document.createElement(name);
    node.className = className;
    node.append(...children);
    return node;
  }

  function further() {
    const title = part("h1", "", part("span", "scene-title"));
    const right = part("div", "r", part("b", "clock"));
    const stage = part("div", "stage further", part("header", "", part("div", "l"), title, right),
      part("section", "cards"));
    stage.dataset.scene = "further";
    return stage;
  }

  /* The first stage and as many further ones as the screen takes, each at its place. */
  function placed(wanted) {
    const first = document.getElementById("stage");
    if (!first) return [];
    const [columns, rows] = grid(wanted);
    const others = [...document.querySelectorAll(".stage.further")];
    while (others.length < columns * rows - 1) {
      others.push(further());
      document.body.append(others[others.length - 1]);
    }
    for (const spare of others.splice(columns * rows - 1)) spare.remove();
    const scale = Math.min(innerWidth / (WIDTH * columns), innerHeight / (HEIGHT * rows));
    const left = (innerWidth - WIDTH * columns * scale) / 2;
    const top = (innerHeight - HEIGHT * rows * scale) / 2;
    const stages = [first, ...others];
    stages.forEach((stage, place) => {
      const x = left + WIDTH * scale * (place % columns);
      const y = top + HEIGHT * scale * Math.floor(place / columns);
      stage.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    });
    return stages;
  }

  /* Which scene stands on which stage: the first is fixed where there are several, the last turns.
     scenes: those that turn; spare: those that do not, for stages that would stay empty. */
  function shared(count, scenes, spare, turn, urgent) {
    if (count === 1) return [urgent || scenes[turn % Math.max(scenes.length, 1)]];
    const rest = [...scenes.slice(1), ...spare.slice(0, Math.max(count - scenes.length, 0))];
    const fixed = rest.slice(0, count - 2);
    const turning = rest.slice(count - 2);
    const last = urgent && !fixed.includes(urgent) ? urgent : turning[turn % Math.max(turning.length, 1)];
    return [scenes[0], ...fixed, last];
  }

  return { placed, shared };
})();
