// Convention switch: what is counted, and how often, is chosen; the total moves, and who prints it lights up.
import {total} from "./arithmetic.js";
import {Choice, begin, make} from "./ui.js";

const written = number => number.toLocaleString("en");

class Conventions {
  constructor(place, {networks, printed, switches}) {
    Object.assign(this, {networks, printed, switches});
    const named = names => Object.fromEntries(names.map(name => [name, name]));
    const update = () => this.update();
    this.network = new Choice("Network", named(Object.keys(networks)), update);
    this.choices = Object.entries(switches).map(([label, options]) =>
      new Choice(label, named(Object.keys(options)), update));
    this.said = make("p", {role: "status"});
    this.list = make("ul", {class: "printed"});
    place.append(make("div", {class: "controls"}, this.network.row, ...this.choices.map(choice => choice.row)),
      this.said, this.list);
    this.update();
  }

  // How often each count is added.
  get worth() {
    return Object.assign({}, ...Object.values(this.switches).map((options, place) => options[this.choices[place].value]));
  }

  update() {
    const sum = total(this.networks[this.network.value], this.worth), tools = this.printed[this.network.value];
    const same = Object.keys(tools).filter(tool => tools[tool] === sum);
    const who = same.length ? `${same.join(" and ")} print${same.length > 1 ? "" : "s"} this number.` : "No program of the list prints it.";
    this.said.textContent = `Total: ${written(sum)}. ${who}`;
    this.list.replaceChildren(...Object.entries(tools).map(([tool, number]) => {
      const apart = number === sum ? "✓" : `${number > sum ? "+" : "−"}${written(Math.abs(number - sum))}`;
      return make("li", number === sum ? {class: "lit"} : {}, make("span", {}, tool), make("span", {}, written(number)),
        make("span", {}, apart));
    }));
  }
}

begin("conventions", (place, settings) => new Conventions(place, settings));
