"""Names of people: any first name goes with any last name, so none of them is anybody's in particular."""

from random import Random
from typing import NamedTuple
from unicodedata import normalize

_FIRST = """
Aaliyah Aarav Adaeze Agnieszka Aisha Akira Alejandro Amara Ana Andrés Anjali Anna António Arjun Astrid Ayşe Beatriz
Benjamin Bilal Bridget Camila Carmen Charlotte Chen Chiara Chinedu Clara Daniel David Deepak Diego Dorothy Edith Elena
Elif Elizabeth Emeka Emily Emma Erik Esther Eun-ji Fatima Felix Fiona Françoise Friedrich Gabriela George Giulia Grace
Greta Hana Hannah Hans Haruto Helen Henry Hiroshi Ibrahim Ines Ingrid Isabella Ivan Jack James Jana Javier Jin Joanna
João Johanna Jonas José Joseph Julia Kamala Karin Karl Katarzyna Kavya Keiko Kenji Khadija Kofi Kwame Lakshmi Lars
Laxmi Leila Liam Linh Lucía Luis Łucja Magdalena Małgorzata Margaret Maria Marie Mary Matteo Maya Mei Mehmet Michael
Miguel Milan Minh Mohammed Nadia Naomi Ngozi Nina Noah Nora Olga Oliver Olivia Omar Oskar Patricia Paul Pedro Peter
Petra Pooja Priya Rachel Rajesh Ram René Rosa Ruth Samuel Sanjay Sara Sarah Seán Sigrid Sita Sofía Sophie Stefan
Sunita Svetlana Tamara Tatiana Thabo Thomas Tomás Ursula Uwe Valentina Viktor Wanjiru Wei William Xin Yasmin Youssef
Yuki Zainab Zoë Zsófia
""".split()  # noqa: SIM905 - a list of quoted names would hide them
_LAST = """
Abdullah Adeyemi Ahmed Ali Andersson Banerjee Bauer Becker Bernard Bianchi Brown Byrne Campbell Carter Castillo
Chaudhary Chen Cohen Collins Costa Cruz Das Davies Dubois Edwards Eriksen Evans Fernández Ferreira Fischer Flores
Fontaine García Ghosh Gonçalves González Green Gurung Haddad Hall Hansen Harris Hassan Hernández Hoffmann Horváth
Hughes Ito Ivanov Jackson Jansen Johansson Johnson Jones Kamau Kapoor Karki Kaya Keller Kelly Khan Kim King Kovács
Kowalski Kumar Larsen Lee Lefèvre Lehmann Lewis Li Lindqvist López Mahmoud Maier Martin Martínez Mbeki Mensah Meyer
Miller Moore Morales Moreau Müller Murphy Nair Nakamura Nel Nguyen Nielsen Novák Nowak Ochieng O'Connor Okafor Okonkwo
Oliveira Olsen Osei Owusu Öztürk Papadopoulos Park Patel Pereira Pérez Petrov Pham Phillips Popescu Ramírez Rao Reddy
Reyes Richter Rivera Roberts Rodríguez Rossi Russo Sánchez Santos Sato Schmidt Schneider Schröder Scott Shah Sharma
Shrestha Silva Singh Smith Sokolov Suzuki Svensson Tamang Tanaka Taylor Thapa Thompson Torres Tran Turner Van-Dyk
Vargas Wagner Walker Wang Watanabe Weber White Williams Wilson Wójcik Wong Wood Wright Yamamoto Yildiz Young Zhang
Zimmermann
""".split()  # noqa: SIM905

# Letters that Unicode does not take apart into a plain letter and a mark.
_WHOLE_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ß": "ss", "'": ""})


class Name(NamedTuple):
    first: str
    last: str

    def __str__(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def mailbox(self) -> str:
        """`first.last` in plain letters."""
        apart = normalize("NFD", f"{self.first}.{self.last}".translate(_WHOLE_LETTERS).lower())
        return apart.encode("ascii", "ignore").decode()


def invent(chance: Random) -> Name:
    return Name(chance.choice(_FIRST), chance.choice(_LAST))
