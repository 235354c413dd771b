/* What the pages do in the browser: a choice of a filter becomes part of the URL, a grid's cell leads
   on, a grid is saved as it stands, and charts fit the paper that they are printed on. */
(() => {
  "use strict";

  function onFilter(values, ids, search) {
    const query = new URLSearchParams(search || "");
    let changed = false;
    ids.forEach((id, place) => {
      const before = query.get(id.name) || "";
      // several choices of one filter stand in the address with commas between
      const after = [].concat(values[place] ?? []).join(",");
      // the month that is shown by default is not written into the address
      if (before === after || (!before && id.name === "month" && !query.size && !onFilter.touched)) return;
      changed = true;
      if (after) query.set(id.name, after); else query.delete(id.name);
    });
    onFilter.touched = true;
    if (!changed) return window.dash_clientside.no_update;
    return query.size ? `?${query}` : "";
  }

  // The path under which a reverse proxy shows the pages, empty without one.
  function prefix() {
    const config = JSON.parse(document.getElementById("_dash-config").textContent);
    return config.requests_pathname_prefix.replace(/\/$/, "");
  }

  // A cell of a grid that leads to the page of its device or ticket; text stays text.
  function PageLink(props) {
    const address = props.data && props.data[props.to];
    if (!address || props.value == null) return props.value ?? null;
    return window.React.createElement("a", { href: prefix() + address }, String(props.value));
  }

  // A grid that is drawn anew brings its button with no click yet.
  function onExport(clicks) {
    return clicks ? true : window.dash_clientside.no_update;
  }

  // What a spreadsheet takes for the beginning of a formula is text there too; numbers stay.
  function harmless(params) {
    const value = params.value;
    return typeof value === "string" && /^[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : value;
  }

  // A4 between its margins is narrower than a desk's screen, and a chart does not follow by itself.
  const PAPER = 680;
  const fitted = [];
  window.addEventListener("beforeprint", () => {
    for (const plot of document.querySelectorAll("#page .js-plotly-plot")) {
      if (plot.clientWidth <= PAPER) continue;
      fitted.push(plot);
      window.Plotly.relayout(plot, { autosize: false, width: PAPER });
    }
  });
  window.addEventListener("afterprint", () => {
    for (const plot of fitted.splice(0)) {
      if (plot.isConnected) window.Plotly.relayout(plot, { autosize: true, width: null });
    }
  });

  window.dashAgGridFunctions = Object.assign({}, window.dashAgGridFunctions, { harmless });
  window.dashAgGridComponentFunctions = Object.assign(
    {}, window.dashAgGridComponentFunctions, { PageLink });
  window.dash_clientside = Object.assign({}, window.dash_clientside, { pages: { onExport, onFilter } });
})();
