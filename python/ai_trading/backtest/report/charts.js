// Draws each figure when its place first comes into view, or before printing.
(function () {
  "use strict";
  var figures = JSON.parse(document.getElementById("figures").textContent);
  var options = {
    displaylogo: false,
    responsive: true,
    modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
    toImageButtonOptions: { format: "svg" },
  };

  function draw(place) {
    if (place.dataset.drawn) return;
    place.dataset.drawn = "yes";
    var figure = figures[place.dataset.figure];
    Plotly.newPlot(place, figure.data, figure.layout, options);
  }

  function visible() {
    return Array.from(document.querySelectorAll("[data-figure]")).filter(function (p) {
      var details = p.closest("details");
      return !details || details.open;
    });
  }

  document.querySelectorAll("details").forEach(function (details) {
    details.addEventListener("toggle", function () {
      visible().forEach(draw);
    });
  });
  window.addEventListener("beforeprint", function () {
    visible().forEach(function (place) {
      draw(place);
      Plotly.Plots.resize(place);
    });
  });
  visible().forEach(draw);
})();
